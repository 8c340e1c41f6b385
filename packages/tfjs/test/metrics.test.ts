/** Metrics on logits, class indices in fit and evaluate, and the loss of a saved model. */
import { calibrationError as calibrationOf, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import {
  averagePrecision,
  binaryAccuracy,
  calibrationError,
  categoricalAccuracy,
  precision,
  recall,
  rememberedLoss,
  rememberLoss,
  sparse,
  tiled,
} from '@focal-loss/tfjs/layers';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { tf } from './node.ts';

/** Numbers without a pattern, the same on every run. */
let state = 7;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const n = 257;
/** Of few values, so that many are equal. */
const logits = Array.from({ length: n }, () => Math.round(20 * random() - 12) / 4);
const labels = logits.map((x) => Number(random() < 1 / (1 + Math.exp(-x))));
const some = labels.map((y) => (random() < 0.2 ? -1 : y));

/** Average precision by its definition: over thresholds, the recall gained times the precision there. */
function averagePrecisionOf(scores: readonly number[], truths: readonly number[]): number {
  const total = truths.filter((y) => y === 1).length;
  let [sum, last] = [0, 0];
  for (const cut of [...new Set(scores)].sort((a, b) => b - a)) {
    const taken = truths.filter((_, i) => scores[i] >= cut);
    const hits = taken.filter((y) => y === 1).length;
    sum += ((hits - last) / total) * (hits / taken.length);
    last = hits;
  }
  return sum;
}

const number = (value: tf.Tensor) => value.dataSync()[0];
const close = (got: tf.Tensor, truth: number) => expect(Math.abs(number(got) - truth)).toBeLessThan(2e-6);

describe.each(['cpu', 'wasm'])('metrics on logits, on %s', (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test.each([0.5, 0.2])(
    'accuracy, precision and recall at a threshold of %d, ignored entries left out',
    (threshold) => {
      const kept = some.flatMap((y, i) => (y === -1 ? [] : [[y === 1, 1 / (1 + Math.exp(-logits[i])) > threshold]]));
      const count = (yes: boolean, says: boolean) => kept.filter(([a, b]) => a === yes && b === says).length;
      const [hits, misses, falses] = [count(true, true), count(true, false), count(false, true)];
      const given = [tf.tensor1d(some, 'int32'), tf.tensor1d(logits)] as const;
      const options = { threshold, ignoreIndex: -1 };
      close(binaryAccuracy(options)(...given), (kept.length - misses - falses) / kept.length);
      close(precision(options)(...given), hits / (hits + falses));
      close(recall(options)(...given), hits / (hits + misses));
    },
  );

  test('the mean precision of equal logits is one step, and what is ignored counts nowhere', () => {
    close(averagePrecision()(tf.tensor1d(labels), tf.tensor1d(logits)), averagePrecisionOf(logits, labels));
    const kept = some.flatMap((y, i) => (y === -1 ? [] : [i]));
    close(
      averagePrecision({ ignoreIndex: -1 })(tf.tensor1d(some), tf.tensor1d(logits)),
      averagePrecisionOf(
        kept.map((i) => logits[i]),
        kept.map((i) => some[i]),
      ),
    );
    close(averagePrecision()(tf.tensor2d([[1]]), tf.tensor2d([[-3]])), 1);
    close(averagePrecision()(tf.zeros([3]), tf.tensor1d([1, 2, 3])), 0);
  });

  test('a batch without entries was NaN on wasm, and the average precision an error of tfjs about shapes', () => {
    for (const metric of [binaryAccuracy(), precision(), recall(), averagePrecision(), calibrationError()]) {
      close(metric(tf.zeros([0, 1]), tf.zeros([0, 1])), 0);
    }
  });

  test('the calibration error is that of core, of labels and of classes', () => {
    const p = logits.map((x) => 1 / (1 + Math.exp(-x)));
    close(
      calibrationError({ bins: 7 })(tf.tensor1d(labels), tf.tensor1d(logits)),
      calibrationOf(p, labels, { bins: 7 }).ece,
    );
    const rows = tf.tensor2d(logits.slice(0, 255), [85, 3]);
    const classes = Array.from({ length: 85 }, (_, i) => (i * 7) % 3);
    const truth = calibrationOf(tf.softmax(rows).dataSync(), classes, { shape: [85, 3] }).ece;
    close(calibrationError({ link: 'softmax' })(tf.tensor1d(classes, 'int32'), rows), truth);
  });

  test('accuracy of classes: indices, rows, repeated indices, another axis, ignored ones', () => {
    const rows = tf.tensor3d(
      Array.from({ length: 24 }, () => random()),
      [2, 4, 3],
    );
    const classes = [0, 1, 2, 1, 2, 2, 0, -1];
    const best = Array.from(rows.argMax(-1).dataSync());
    const truth = classes.filter((c, i) => c !== -1 && c === best[i]).length / 7;
    const indices = tf.tensor2d(classes, [2, 4], 'int32');
    const options = { ignoreIndex: -1 };
    close(categoricalAccuracy(options)(indices, rows), truth);
    close(categoricalAccuracy({ ...options, sparse: true })(tiled(indices, 3), rows), truth);
    close(categoricalAccuracy({ ...options, axis: 1 })(indices, rows.transpose([0, 2, 1])), truth);
    const oneHot = tf.oneHot(tf.tensor2d(best, [2, 4], 'int32'), 3);
    close(categoricalAccuracy()(oneHot, rows), 1);
  });

  test('of a model that has diverged they are NaN, not a low number', () => {
    for (const metric of [binaryAccuracy(), precision(), recall(), averagePrecision(), calibrationError()]) {
      expect(number(metric(tf.tensor1d([1, 0]), tf.tensor1d([Number.NaN, 1])))).toBeNaN();
    }
  });

  test('leave no tensor behind, and are reported by fit and evaluate under their names', async () => {
    const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [2] })] });
    const metrics = [binaryAccuracy(), precision(), recall(), averagePrecision(), calibrationError()];
    model.compile({ optimizer: 'sgd', loss: compile(sigmoidFocal()), metrics });
    const [x, y] = [tf.randomNormal([40, 2], 0, 1, 'float32', 3), tf.tensor2d(labels.slice(0, 40), [40, 1])];
    const { history } = await model.fit(x, y, { epochs: 1, verbose: 0 });
    expect(Object.keys(history)).toEqual(['loss', ...metrics.map(({ name }) => name)]);
    const before = tf.memory().numTensors;
    for (const metric of metrics) metric(y, x.slice([0, 0], [40, 1])).dispose();
    expect(tf.memory().numTensors - before).toBe(metrics.length);
  });
});

describe('class indices', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  test('fit and evaluate refuse them; repeated, they are taken, ignoreIndex included', async () => {
    const loss = softmaxFocal({ ignoreIndex: 255 });
    const model = layers.sequential({ layers: [layers.layers.dense({ units: 3, inputShape: [4, 2] })] });
    model.compile({ optimizer: 'sgd', loss: sparse(loss) });
    const x = tf.randomNormal([2, 4, 2], 0, 1, 'float32', 5);
    const indices = tf.tensor2d([0, 2, 255, 1, 1, 0, 0, 255], [2, 4], 'int32');
    expect(() => model.evaluate(x, indices)).toThrow(/shape/);
    const value = number(model.evaluate(x, tiled(indices, 3)) as tf.Scalar);
    const own = (model.predict(x) as tf.Tensor).dataSync();
    expect(value).toBeCloseTo(reference(loss).value(own, indices.dataSync(), { shape: [8, 3] }) as number, 6);
    const { history } = await model.fit(x, tiled(indices, 3), { epochs: 20, verbose: 0 });
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0] as number);
  });

  test('with the classes along another axis', () => {
    const logits = tf.randomNormal([2, 3, 4], 0, 1, 'float32', 5);
    const indices = tf.tensor2d([0, 2, 2, 1, 1, 0, 0, 1], [2, 4], 'int32');
    const loss = softmaxFocal();
    const direct = compile(loss, { axis: 1 })(indices, logits);
    expect(number(sparse(loss, { axis: 1 })(tiled(indices, 3, 1), logits))).toBe(number(direct));
    expect(number(sparse(loss, { axis: 1 })(indices, logits))).toBe(number(direct));
  });

  test('what cannot be is named', () => {
    expect(() => sparse(sigmoidFocal())).toThrow(/loss got .*, takes one at a softmax/);
    expect(() => tiled(tf.zeros([2]), 0)).toThrow(/classes got 0, takes a whole number ≥ 1/);
    expect(() => tiled(tf.zeros([2]), 3, 2)).toThrow(/axis got 2, takes a whole number from -2 to 1/);
    expect(() => binaryAccuracy({ threshold: 1 })).toThrow(/threshold got 1, takes a number in \(0, 1\)/);
    expect(() => calibrationError({ bin: 3 } as never)).toThrow(/bin got 3/);
  });
});

describe('the loss of a saved model', () => {
  test('is found again, with how it was compiled', async () => {
    await tf.setBackend('cpu');
    const model = layers.sequential({
      layers: [layers.layers.dense({ units: 1, activation: 'sigmoid', inputShape: [2] })],
    });
    model.setUserDefinedMetadata({ trainedOn: 'waves' });
    const loss = sigmoidFocal({ gamma: 1.5, alpha: 0.3 });
    rememberLoss(model, loss, { fromLogits: false });
    const saved: tf.io.ModelArtifacts = {};
    await model.save(
      tf.io.withSaveHandler(async ({ weightData, ...artifacts }) => {
        Object.assign(saved, JSON.parse(JSON.stringify(artifacts)), { weightData });
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      }),
    );
    const loaded = await layers.loadLayersModel(tf.io.fromMemory(saved));
    expect(loaded.getUserDefinedMetadata()).toMatchObject({ trainedOn: 'waves' });
    const { loss: found, compiled } = rememberedLoss(loaded);
    expect(JSON.stringify(found)).toBe(JSON.stringify(loss));
    const [y, p] = [tf.tensor1d([1, 0]), tf.tensor1d([0.25, 0.5])];
    expect(number(compiled(y, p))).toBe(number(compile(loss, { fromLogits: false })(y, p)));
  });

  test("19.2: 'accuracy' beside logits is warned of once, and not where there are probabilities or metrics on logits", () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [2], name: 'object' })] });
    const loss = compile(sigmoidFocal());
    const said = (metrics: NonNullable<layers.ModelCompileArgs['metrics']>, options = {}) => {
      warn.mockClear();
      model.compile({ optimizer: 'sgd', loss, metrics });
      rememberLoss(model, sigmoidFocal(), options);
      return warn.mock.calls.flat();
    };
    expect(said([])).toEqual([]);
    expect(said(binaryAccuracy())).toEqual([]);
    expect(said('accuracy', { fromLogits: false })).toEqual([]);
    expect(said(['mse', 'accuracy'])).toEqual([
      expect.stringMatching(/^sigmoidFocal: the metric 'accuracy' of tfjs-layers takes prob/),
    ]);
    expect(said(['accuracy'])).toEqual([]);
    expect(said({ object: 'acc' })).toEqual([expect.stringContaining("the metric 'acc' of tfjs-layers")]);
    warn.mockRestore();
  });

  test('a model without one says so', () => {
    const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [2] })] });
    expect(() => rememberedLoss(model)).toThrow(/model got .*, takes a model that rememberLoss was called for/);
    expect(() => rememberLoss(model, sigmoidFocal(), { axes: 1 } as never)).toThrow(/axes got 1/);
  });
});
