import { FocalLossError, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile, valueGradHess } from '@focal-loss/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { places, tf } from './node.ts';

const problem = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(FocalLossError);
    return (error as Error).message;
  }
  throw new Error('threw nothing');
};

describe.each(places)('on $name', ({ backend, fused }) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  const number = (loss: tf.Tensor) => loss.dataSync()[0];

  test('labels are float32, int32 or bool; logits of any rank; arrays are made tensors', () => {
    const run = compile(sigmoidFocal(), { fused });
    const logits = [0.5, -1, 2, 0, 1, -2, 3, -3];
    const labels = [1, 0, 0, 1, 1, 0, 1, 0];
    const truth = reference(sigmoidFocal()).value(logits, labels) as number;
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      for (const shape of [[8], [8, 1], [2, 4], [2, 2, 2], [1, 2, 2, 2, 1]]) {
        expect(number(run(tf.tensor(labels, shape, dtype), tf.tensor(logits, shape)))).toBeCloseTo(truth, 6);
      }
    }
    expect(number(run(labels, logits))).toBeCloseTo(truth, 6);
  });

  test('softmax: classes of the batch shape, with 1 as last axis, or one-hot', () => {
    const logits = Array.from({ length: 24 }, (_, i) => Math.sin(3 * i));
    const classes = [0, 3, 1, 2, 2, 0];
    const loss = softmaxFocal({ reduction: 'none', alpha: [1, 2, 3, 4], ignoreIndex: 1 });
    const { value, grad } = reference(loss).valueAndGrad(logits, classes, { shape: [6, 4] });
    const run = compile(loss, { fused });
    const x = tf.tensor(logits, [2, 3, 4]);
    const all = [
      tf.tensor(classes, [2, 3], 'int32'),
      tf.tensor(classes, [2, 3], 'float32'),
      tf.tensor(classes, [2, 3, 1], 'int32'),
      tf.reshape(tf.oneHot(tf.tensor1d(classes, 'int32'), 4), [2, 3, 4]),
    ];
    for (const labels of all) {
      const losses = run(labels, x);
      expect(losses.shape).toEqual([2, 3]);
      losses.dataSync().forEach((got, i) => {
        expect(got).toBeCloseTo((value as Float64Array)[i], 5);
      });
      const got = tf.grad((x) => run(labels, x))(x);
      expect(got.shape).toEqual([2, 3, 4]);
      got.dataSync().forEach((g, i) => {
        expect(g).toBeCloseTo(grad[i], 5);
      });
    }
  });

  test('rows of probabilities; whole numbers are one-hot rows, and so is all beside ignoreIndex', () => {
    const loss = softmaxFocal({ reduction: 'none' });
    const run = compile(loss, { fused });
    const logits = tf.tensor2d([1, 2, 0, -1, 3, 3], [3, 2]);
    const rows = [1, 0, 0.5, 0.5, 1, 1];
    const truth = reference(loss).value(logits.dataSync(), rows, { shape: [3, 2] }) as Float64Array;
    run(tf.tensor2d(rows, [3, 2]), logits)
      .dataSync()
      .forEach((got, i) => {
        expect(got).toBeCloseTo(truth[i], 5);
      });
    const isNone = (call: () => tf.Tensor, said: string, nan: boolean[]) => {
      if (fused) expect(problem(call)).toContain(said);
      else expect(Array.from(call().dataSync(), Number.isNaN)).toEqual(nan);
    };
    const outside = tf.tensor2d([1, 0, -0.5, 1.5, 1, 0], [3, 2]);
    isNone(() => run(outside, logits), 'labels[2] got -0.5, takes a probability in [0, 1]', [false, true, false]);
    const whole = tf.tensor2d([1, 0, 1, 1, 0, 1], [3, 2], 'int32');
    isNone(() => run(whole, logits), 'labels[1] got [1, 1]', [false, true, false]);
    const ignoring = compile(softmaxFocal({ reduction: 'none', ignoreIndex: 0 }), { fused });
    isNone(() => ignoring(tf.tensor2d(rows, [3, 2]), logits), 'labels[1] got [0.5, 0.5]', [false, true, true]);
  });

  test('labels are not broadcast: labels of shape [n] against logits [n, 1] made n² losses elsewhere', () => {
    const run = compile(sigmoidFocal(), { fused });
    expect(problem(() => run(tf.zeros([4]), tf.zeros([4, 1])))).toBe(
      'sigmoidFocal: labels.shape got "[4]", takes shape [4, 1] for logits [4, 1]: nothing is broadcast',
    );
    expect(problem(() => run(tf.zeros([4]), tf.zeros([4]), tf.zeros([2])))).toBe(
      'sigmoidFocal: weights.shape got "[2]", takes shape [4], that of the labels, or one that broadcasts to it',
    );
    expect(problem(() => run(tf.zeros([4, 1]), tf.zeros([4, 1]), tf.zeros([4])))).toContain('weights.shape');
    const rows = compile(softmaxFocal({ alpha: [1, 2] }), { fused });
    expect(problem(() => rows(tf.zeros([4]), tf.zeros([5, 3])))).toMatch(/alpha.*labels\.shape/);
    expect(problem(() => rows(tf.scalar(0), tf.scalar(0)))).toContain('logits.shape');
  });

  test('types and options are checked', () => {
    const run = compile(sigmoidFocal(), { fused });
    expect(problem(() => run(tf.zeros([1]), tf.zeros([1], 'int32')))).toContain(
      'logits.dtype got "int32", takes \'float32\'',
    );
    expect(problem(() => run(tf.tensor(['a']), tf.zeros([1])))).toContain('labels.dtype');
    expect(problem(() => run([1], [1], undefined, { normaliser: 2 } as never))).toContain('normaliser');
    expect(problem(() => run([1], [1], undefined, { normalizer: 0 }))).toContain('normalizer got 0');
    expect(problem(() => compile(sigmoidFocal(), { fromLogit: false } as never))).toContain('fromLogit got false');
    expect(problem(() => compile(sigmoidFocal(), { fused: 1 } as never))).toContain('fused got 1');
  });

  test('a bad label or weight is named by its index where tensors lie on the host', () => {
    const run = compile(sigmoidFocal(), { fused });
    const weighted = () => run([1, 1], [1, 1], [1, Number.POSITIVE_INFINITY]);
    if (!fused) {
      expect(number(weighted())).toBeNaN();
      return;
    }
    const before = tf.memory().numTensors;
    expect(problem(() => tf.tidy(() => tf.grad((x) => run([0, 2], x))(tf.zeros([2]))))).toContain('labels[1] got 2');
    expect(problem(weighted)).toContain('weights[1] got Infinity');
    expect(tf.memory().numTensors).toBe(before);
  });

  test('an index that is named is that of the caller, whatever the axis', () => {
    if (!fused) return;
    const run = compile(softmaxFocal(), { axis: 1 });
    const labels = new Float32Array(12);
    labels[7] = 2;
    expect(problem(() => run(tf.tensor(labels, [2, 3, 2]), tf.zeros([2, 3, 2])))).toContain('labels[7] got 2');
    expect(
      problem(() => valueGradHess(softmaxFocal(), { axis: 1 })(tf.tensor(labels, [2, 3, 2]), tf.zeros([2, 3, 2]))),
    ).toContain('labels[7] got 2');
    expect(problem(() => compile(softmaxFocal(), { axis: 3 })([1], tf.zeros([1, 2])))).toBe(
      'softmaxFocal: axis got 3, takes a whole number from -2 to 1 for logits [1, 2]',
    );
    expect(problem(() => compile(softmaxFocal(), { axis: 0.5 }))).toContain('axis got 0.5, takes a whole number');
  });

  test('logits of no entries', () => {
    const sums = compile(sigmoidFocal({ reduction: 'example' }), { fused });
    expect(Array.from(sums(tf.zeros([2, 0]), tf.zeros([2, 0])).dataSync())).toEqual([0, 0]);
    expect(tf.grad((x) => sums(tf.zeros([2, 0]), x))(tf.zeros([2, 0])).shape).toEqual([2, 0]);
    expect(valueGradHess(sigmoidFocal(), { fused })([], tf.zeros([0])).hess.shape).toEqual([0]);
    const run = compile(softmaxFocal({ reduction: 'none' }), { fused });
    expect(run(tf.zeros([0]), tf.zeros([0, 3])).shape).toEqual([0]);
    expect(tf.grad((x) => run(tf.zeros([0]), x))(tf.zeros([0, 3])).shape).toEqual([0, 3]);
  });
});
