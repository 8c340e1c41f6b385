import { defineLoss, FocalLossError, posterior, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import { metric, Posterior, PriorBias, perExample, priorBiasInitializer } from '@focal-loss/tfjs/layers';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { tf } from './node.ts';

await tf.setBackend('cpu');

/** 120 points, one in eight an object. */
const inputs = tf.tensor2d(
  Array.from({ length: 240 }, (_, i) => Math.sin(7 * i) + (i % 16 < 2 ? 1.5 : 0)),
  [120, 2],
);
const labels = tf.tensor2d(
  Array.from({ length: 120 }, (_, i) => Number(i % 8 === 0)),
  [120, 1],
);
const quiet = { epochs: 12, batchSize: 40, shuffle: false, verbose: 0 } as const;

const detector = (activation: 'linear' | 'sigmoid' = 'linear') =>
  layers.sequential({
    layers: [
      layers.layers.dense({
        units: 8,
        activation: 'relu',
        inputShape: [2],
        kernelInitializer: layers.initializers.glorotUniform({ seed: 1 }),
      }),
      layers.layers.dense({
        units: 1,
        activation,
        kernelInitializer: layers.initializers.glorotUniform({ seed: 2 }),
        biasInitializer: priorBiasInitializer({ pi: 0.125 }),
      }),
    ],
  });

describe.each(['cpu', 'wasm'])('tfjs-layers on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test('model.compile and model.fit: the loss goes down, and the metric reports the same number', async () => {
    const model = detector();
    const loss = sigmoidFocal({ gamma: 2, alpha: 0.25 });
    model.compile({ optimizer: tf.train.adam(0.02), loss: compile(loss), metrics: [metric(loss)] });
    const { history } = await model.fit(inputs, labels, quiet);
    expect(history.loss.at(-1)).toBeLessThan((history.loss[0] as number) * 0.7);
    const [value, reported] = model.evaluate(inputs, labels, { batchSize: 120 }) as tf.Scalar[];
    expect(reported.dataSync()[0]).toBe(value.dataSync()[0]);
    const logits = (model.predict(inputs) as tf.Tensor).dataSync();
    expect(value.dataSync()[0]).toBeCloseTo(reference(loss).value(logits, labels.dataSync()) as number, 6);
    expect(Object.keys(history)).toContain('sigmoidFocal');
  });

  test('a model that ends in a sigmoid trains as one that ends in logits', async () => {
    const loss = sigmoidFocal();
    const trained = async (activation: 'linear' | 'sigmoid') => {
      const model = detector(activation);
      model.compile({ optimizer: tf.train.sgd(0.5), loss: compile(loss, { fromLogits: activation === 'linear' }) });
      return (await model.fit(inputs, labels, quiet)).history.loss as number[];
    };
    const [linear, sigmoid] = [await trained('linear'), await trained('sigmoid')];
    sigmoid.forEach((value, i) => {
      expect(value / linear[i]).toBeCloseTo(1, 4);
    });
  });

  test('a saved model with its prior bias is loaded and trained on', async () => {
    const model = detector();
    const loss = compile(sigmoidFocal());
    model.compile({ optimizer: 'sgd', loss });
    await model.fit(inputs, labels, quiet);
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save({
      async save(artifacts) {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };
      },
    });
    const loaded = await layers.loadLayersModel({ load: async () => saved as tf.io.ModelArtifacts });
    const same = loaded.predict(inputs) as tf.Tensor;
    expect(same.dataSync()).toEqual((model.predict(inputs) as tf.Tensor).dataSync());
    loaded.compile({ optimizer: 'sgd', loss });
    const before = (loaded.evaluate(inputs, labels) as tf.Scalar).dataSync()[0];
    const { history } = await loaded.fit(inputs, labels, quiet);
    expect(history.loss.at(-1)).toBeLessThan(before);
  });

  test('classWeight multiplies the loss of each example', async () => {
    const model = layers.sequential({ layers: [layers.layers.dense({ units: 3, inputShape: [2] })] });
    const loss = softmaxFocal({ reduction: 'none' });
    model.compile({ optimizer: tf.train.sgd(0), loss: perExample(loss) });
    const classes = Array.from({ length: 120 }, (_, i) => i % 3);
    const oneHot = tf.oneHot(tf.tensor1d(classes, 'int32'), 3);
    const weights = { 0: 1, 1: 4, 2: 0 };
    const { history } = await model.fit(inputs, oneHot, {
      batchSize: 120,
      epochs: 1,
      verbose: 0,
      classWeight: weights,
    });
    const logits = (model.predict(inputs) as tf.Tensor).dataSync();
    const each = reference(loss).value(logits, classes, { shape: [120, 3] }) as Float64Array;
    const truth = each.reduce((sum, value, i) => sum + value * [1, 4, 0][i % 3], 0) / 120;
    expect(history.loss[0]).toBeCloseTo(truth, 5);
  });

  test('perExample is one loss an example, the mean over its other axes', () => {
    const losses = perExample(sigmoidFocal({ reduction: 'none' }))(tf.zeros([4, 5, 2]), tf.zeros([4, 5, 2]));
    expect(losses.shape).toEqual([4]);
    expect(losses.dataSync()[0]).toBeCloseTo(Math.log(2) / 4, 6);
    expect(() => perExample(sigmoidFocal() as never)).toThrow(FocalLossError);
  });
});

test('the prior bias: −log((1−π)/π) everywhere, or the log of it at the background of a softmax', () => {
  expect(Array.from(priorBiasInitializer({ pi: 0.01 }).apply([3]).dataSync())).toEqual(
    Array(3).fill(Math.fround(-Math.log(99))),
  );
  const softmax = tf.softmax(priorBiasInitializer({ pi: 0.01, background: 2 }).apply([4])).dataSync();
  expect(softmax[2]).toBeCloseTo(0.99, 6);
  expect(() => priorBiasInitializer({ pi: 1 })).toThrow(FocalLossError);
  expect(() => priorBiasInitializer({ pi: 0.1, background: 4 }).apply([4])).toThrow('background got 4');
  expect(new PriorBias({ pi: 0.2, background: 1 }).getConfig()).toEqual({ pi: 0.2, background: 1 });
});

describe('a layer of probabilities', () => {
  const { io } = tf;
  const saved = async (model: layers.LayersModel) => {
    let artifacts: unknown;
    await model.save(
      io.withSaveHandler(async (made) => {
        // As a file has it.
        artifacts = { ...made, modelTopology: JSON.parse(JSON.stringify(made.modelTopology)) };
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
    return layers.loadLayersModel(io.fromMemory(artifacts as never));
  };

  test.each([
    ['sigmoidFocal', sigmoidFocal({ gamma: 1.5, alpha: 0.3 }), {}],
    ['softmaxFocal', softmaxFocal({ gamma: 2, alpha: [1, 2, 3, 4] }), {}],
    ['along axis 1', softmaxFocal(), { axis: 1, logit: true }],
  ])('%s: behind a model, saved and loaded with it', async (_, loss, options) => {
    const model = layers.sequential({
      layers: [layers.layers.dense({ units: 4, inputShape: [3, 2] }), new Posterior({ loss, ...options })],
    });
    const x = tf.randomNormal([5, 3, 2], 0, 3, 'float32', 2);
    const logits = model.layers[0].apply(x) as tf.Tensor;
    const truth = posterior(loss)(logits.dataSync(), { shape: [5, 3, 4], ...options });
    for (const one of [model, await saved(model)]) {
      const got = one.predict(x) as tf.Tensor;
      expect(got.shape).toEqual([5, 3, 4]);
      expect(Array.from(got.dataSync())).toEqual(Array.from(truth, (p) => expect.closeTo(p, 5)));
    }
  });

  test('from a loss as data, with a name; one of your own cannot be saved', () => {
    const layer = new Posterior({ loss: { loss: 'sigmoidFocal', gamma: 3 }, name: 'eta' });
    expect(layer.name).toBe('eta');
    expect(layer.getConfig()).toMatchObject({ name: 'eta', loss: { loss: 'sigmoidFocal', gamma: 3 } });
    const own = defineLoss({ name: 'own', formula: (o, x, y) => o.sub(o.softplus(x), o.mul(x, y)) });
    expect(() => new Posterior({ loss: own }).getConfig()).toThrow(FocalLossError);
  });
});

test.each([
  [[0, 3], []],
  [
    [3, 0],
    [0, 0, 0],
  ],
  [[0], []],
])('perExample of a batch of shape %j, which it had cut into rows of 0/0 or of ∞ numbers', async (shape, means) => {
  const run = perExample(sigmoidFocal({ reduction: 'none' }));
  const got = tf.tidy(() => run(tf.zeros(shape), tf.zeros(shape)));
  expect(Array.from(await got.data())).toEqual(means);
  got.dispose();
});
