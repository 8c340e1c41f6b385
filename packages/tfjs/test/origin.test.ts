/** Models do not end in a sigmoid, but in a Reshape behind it: saturated examples lost their gradient there, in silence. */
import { sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import * as layers from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { places, tf } from './node.ts';

let warn: MockInstance<typeof console.warn>;
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  warn.mockRestore();
});

type Op = (p: tf.Tensor) => tf.Tensor;

/** What moves eight predictions about; each of them is seen as often at the end. */
const movers: Record<string, Op> = {
  'a reshape': (p) => tf.reshape(p, [2, 4]),
  'a clone': (p) => tf.clone(p),
  'a transposition': (p) => tf.transpose(tf.reshape(p, [2, 4])),
  'a concatenation': (p) => tf.concat([tf.slice(p, 4, 4), tf.slice(p, 0, 4)]),
  'a stack of slices': (p) => tf.stack([tf.slice(p, 0, 4), tf.slice(p, 4, 4)], 1),
  'an unstacking': (p) => tf.concat(tf.unstack(tf.reshape(p, [2, 4]))),
  'a split': (p) => tf.concat(tf.split(p, 2).toReversed()),
  'an axis more and one less': (p) => tf.squeeze(tf.expandDims(p, 0)),
  'a reversal': (p) => tf.reverse(p),
  'padding that is cut off': (p) => tf.slice(tf.pad(p, [[1, 1]]), 1, 8),
  'a dropout of nothing': (p) => tf.dropout(p, 0),
};

describe.each(places)('on $name', ({ backend, fused }) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  const loss = sigmoidFocal({ reduction: 'sum' });

  it.each(Object.entries(movers))('the gradient goes through %s to saturated logits', (_, move) => {
    const run = compile(loss, { fromLogits: false, fused });
    const x = tf.tensor1d([60, -60, 60, -60, 60, 60, -60, -60]);
    // All of them are wrong: where p is 1 the label is 0.
    const grad = tf.grad((x) => {
      const p = tf.tidy(() => move(tf.tidy(() => tf.sigmoid(tf.mul(x, 1)))));
      return run(tf.sub(1, tf.round(p)), p);
    })(x);
    const signs = [1, -1, 1, -1, 1, 1, -1, -1];
    grad.dataSync().forEach((g, i) => {
      expect(g).toBeCloseTo(signs[i], 4);
    });
    expect(warn).not.toHaveBeenCalledWith(expect.stringMatching('fromLogits'));
  });

  // tfjs has no gradient of a lookup on wasm.
  it.skipIf(backend === 'wasm')('the gradient goes through a lookup of rows', () => {
    const run = compile(loss, { fromLogits: false, fused });
    const rows = tf.tensor1d([3, 1, 0, 0], 'int32');
    const grad = tf.grad((x) => run(tf.zeros([4, 1]), tf.gather(tf.sigmoid(x), rows)))(tf.fill([4, 1], 60));
    [2, 1, 0, 1].forEach((g, i) => {
      expect(grad.dataSync()[i]).toBeCloseTo(g, 4);
    });
  });

  it('of heads put together each gets its own, and what is taken twice counts twice', () => {
    const run = compile(loss, { fromLogits: false, fused });
    const [one, other] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
      run([0, 0, 1, 0], tf.concat([tf.sigmoid(a), tf.sigmoid(b), tf.sigmoid(a)])),
    )([tf.tensor1d([50]), tf.tensor1d([40, -40])]);
    expect(one.dataSync()[0]).toBeCloseTo(2, 4);
    expect(other.dataSync()[0]).toBeCloseTo(1, 4);
    expect(other.dataSync()[1]).toBeCloseTo(-1, 4);
  });

  it('the rows of a softmax go through what keeps them rows', () => {
    const run = compile(softmaxFocal({ reduction: 'sum' }), { fromLogits: false, fused });
    const x = tf.tensor3d([60, 0, 0, 0, 60, 0, 0, 0, 60, 60, 0, 0], [2, 2, 3]);
    const moved = tf.grad((x) => run([1, 0, 0, 1], tf.reshape(tf.softmax(tf.mul(x, 1)), [4, 3])))(x);
    const direct = tf.grad((x) => run([1, 0, 0, 1], tf.softmax(x)))(tf.reshape(x, [4, 3]));
    expect(moved.dataSync()[1]).toBeCloseTo(-1, 4);
    moved.dataSync().forEach((g, i) => {
      expect(g).toBeCloseTo(direct.dataSync()[i], 4);
    });
    expect(warn).not.toHaveBeenCalledWith(expect.stringMatching('fromLogits'));
  });

  it('what cannot be seen through is warned of once', () => {
    const run = compile(sigmoidFocal({ gamma: fused ? 1.25 : 1.5, reduction: 'sum' }), { fromLogits: false, fused });
    const step = () => tf.grad((x) => run([0, 1], tf.mul(tf.sigmoid(x), 0.5)))(tf.tensor1d([1, 2]));
    step();
    step();
    const texts = warn.mock.calls.map(([text]) => String(text));
    expect(texts.filter((text) => text.includes('come from Multiply')).length).toBeLessThanOrEqual(1);
  });
});

it('a sigmoid before a loss that has its own is warned of, moved or not', () => {
  const run = compile(sigmoidFocal({ gamma: 2.25 }));
  const text = /sigmoidFocal: the logits are the output of a sigmoid; .* fromLogits: false/;
  tf.grad((x) => run([[0, 1]], tf.reshape(tf.sigmoid(x), [1, 2])))(tf.tensor1d([1, 2]));
  expect(warn).toHaveBeenCalledWith(expect.stringMatching(text));
  warn.mockClear();
  tf.grad((x) => run([0, 1], tf.mul(x, 2)))(tf.tensor1d([1, 2]));
  expect(warn).not.toHaveBeenCalledWith(expect.stringMatching('fromLogits'));
});

/** Endings of models as people build them, behind a layer whose output is a probability. */
const endings: Record<string, { units: number; labels: number[]; layers: () => layers.layers.Layer[] }> = {
  Reshape: { units: 2, labels: [2, 1], layers: () => [layers.layers.reshape({ targetShape: [2, 1] })] },
  Flatten: {
    units: 2,
    labels: [2],
    layers: () => [layers.layers.reshape({ targetShape: [2, 1] }), layers.layers.flatten()],
  },
  'Dropout(0)': { units: 2, labels: [2], layers: () => [layers.layers.dropout({ rate: 0 })] },
  Permute: {
    units: 2,
    labels: [1, 2],
    layers: () => [layers.layers.reshape({ targetShape: [2, 1] }), layers.layers.permute({ dims: [2, 1] })],
  },
  UpSampling2D: {
    units: 4,
    labels: [4, 4, 1],
    layers: () => [layers.layers.reshape({ targetShape: [2, 2, 1] }), layers.layers.upSampling2d({})],
  },
  RepeatVector: { units: 2, labels: [3, 2], layers: () => [layers.layers.repeatVector({ n: 3 })] },
  ZeroPadding2D: {
    units: 1,
    labels: [3, 3, 1],
    layers: () => [layers.layers.reshape({ targetShape: [1, 1, 1] }), layers.layers.zeroPadding2d({ padding: 1 })],
  },
  'TimeDistributed(Flatten)': {
    units: 4,
    labels: [2, 2],
    layers: () => [
      layers.layers.reshape({ targetShape: [2, 2, 1] }),
      layers.layers.timeDistributed({ layer: layers.layers.flatten() }),
    ],
  },
};
const onHosts = ['cpu', 'wasm'].flatMap((backend) =>
  Object.entries(endings).map(([name, ending]) => ({ backend, name, ending })),
);

it.each(onHosts)(
  'a model that ends in $name behind its sigmoid learns from saturated examples on $backend',
  async ({ backend, name, ending }) => {
    await tf.setBackend(backend);
    const { units, labels } = ending;
    const before = tf.memory().numTensors;
    const model = layers.sequential();
    model.add(
      layers.layers.dense({
        units,
        inputShape: [1],
        activation: 'sigmoid',
        kernelInitializer: 'zeros',
        biasInitializer: layers.initializers.constant({ value: 60 }),
      }),
    );
    for (const layer of ending.layers()) model.add(layer);
    const optimizer = tf.train.sgd(1);
    model.compile({
      optimizer,
      loss: compile(sigmoidFocal({ reduction: 'sum' }), { fromLogits: false }),
    });
    const [x, y] = [tf.zeros([1, 1]), tf.zeros([1, ...labels])];
    await model.fit(x, y, { epochs: 1, verbose: 0 });
    const bias = model.layers[0].getWeights()[1].dataSync();
    // What is padded is seen once.
    const copies = name === 'ZeroPadding2D' ? 1 : labels.reduce((product, size) => product * size, 1) / units;
    for (const one of bias) expect(one).toBeCloseTo(60 - copies, 3);
    model.dispose();
    optimizer.dispose();
    tf.dispose([x, y]);
    expect(tf.memory().numTensors).toBe(before);
  },
);
