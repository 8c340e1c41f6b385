import { FocalLossError, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { places, tf } from './node.ts';

describe.each(places)('fromLogits: false on $name', ({ backend, fused }) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  const logits = [-60, -9, 0.5, 3, 9, 60];
  const labels = [1, 0, 1, 1, 0, 0];
  const loss = sigmoidFocal({ gamma: 2, reduction: 'sum' });
  const run = compile(loss, { fromLogits: false, fused });
  const { value, grad } = reference(loss).valueAndGrad(logits, labels);

  test('while a gradient is computed, value and gradient are those of the logits, saturated ones too', () => {
    const both = tf.valueAndGrad((x) => run(labels, tf.sigmoid(x)))(tf.tensor1d(logits));
    expect(both.value.dataSync()[0]).toBeCloseTo(value as number, 4);
    both.grad.dataSync().forEach((g, i) => {
      expect(Math.abs(g - grad[i])).toBeLessThanOrEqual(1e-5 * Math.abs(grad[i]));
    });
  });

  test('the gradient of a hard example whose logit is gone stays near 1: through the sigmoid it would be 0', () => {
    const got = tf
      .grad((x) =>
        run(
          labels,
          tf.tidy(() => tf.sigmoid(tf.add(x, 0))),
        ),
      )(tf.tensor1d(logits))
      .dataSync();
    expect(got[5]).toBeCloseTo(1, 3);
    expect(got[0]).toBeCloseTo(-1, 3);
    expect(got[2]).toBeCloseTo(grad[2], 5);
  });

  test('without a tape the logits are what float32 has kept of them: up to 16.6, and down to -87', () => {
    const none = compile(sigmoidFocal({ gamma: 0, reduction: 'none' }), { fromLogits: false, fused });
    const losses = none(labels, tf.sigmoid(tf.tensor1d(logits))).dataSync();
    expect(losses[0]).toBeCloseTo(60, 4);
    expect(losses[4]).toBeCloseTo(9, 2);
    expect(losses[5]).toBeCloseTo(Math.log(2 ** 24), 4);
  });

  test('second derivatives by predictions themselves ended in "gradient function not found for Greater"', () => {
    const p = [0.2, 0.9];
    const slopes = (p: tf.Tensor) => tf.grad((p) => run([1, 0], p))(p);
    const got = tf
      .grad((p) => tf.sum(slopes(p)))(tf.tensor1d(p))
      .dataSync();
    const h = 2 ** -8;
    const [after, before] = [h, -h].map((by) => slopes(tf.tensor1d(p.map((own) => own + by))).dataSync());
    for (const [i, g] of got.entries()) expect(g / ((after[i] - before[i]) / (2 * h))).toBeCloseTo(1, 1);
  });

  test('predictions that came about otherwise take the gradient themselves', () => {
    const p = [0.2, 0.9];
    const got = tf
      .grad((p) => run([1, 0], tf.mul(p, 1)))(tf.tensor1d(p))
      .dataSync();
    const { grad } = reference(loss).valueAndGrad(
      p.map((p) => Math.log(p / (1 - p))),
      [1, 0],
    );
    got.forEach((g, i) => {
      expect(g / (grad[i] / (p[i] * (1 - p[i])))).toBeCloseTo(1, 5);
    });
  });

  test('softmax', () => {
    const rows = [3, -40, 50, 1, 2, 3];
    const classes = [1, 2];
    const loss = softmaxFocal({ reduction: 'sum' });
    const run = compile(loss, { fromLogits: false, fused });
    const { value, grad } = reference(loss).valueAndGrad(rows, classes, { shape: [2, 3] });
    const both = tf.valueAndGrad((x) => run(classes, tf.softmax(x)))(tf.tensor2d(rows, [2, 3]));
    expect(both.value.dataSync()[0]).toBeCloseTo(value as number, 4);
    both.grad.dataSync().forEach((g, i) => {
      expect(g).toBeCloseTo(grad[i], 5);
    });
    const probabilities = tf.softmax(tf.tensor2d([1, 2, 3], [1, 3]));
    const alone = reference(loss).value([1, 2, 3], [2], { shape: [1, 3] }) as number;
    expect(run([2], probabilities).dataSync()[0]).toBeCloseTo(alone, 5);
  });

  test('a NaN stays NaN: clipping made a number of it on some backends', () => {
    for (const none of [sigmoidFocal({ reduction: 'none' }), sigmoidFocal({ gamma: 0.5, reduction: 'none' })]) {
      const run = compile(none, { fromLogits: false, fused });
      expect(Array.from(run([1, 1], tf.tensor1d([Number.NaN, 0.5])).dataSync(), Number.isNaN)).toEqual([true, false]);
      const grad = tf.grad((p) => run([1, 1], tf.mul(p, 1)))(tf.tensor1d([Number.NaN, 0.5]));
      expect(Array.from(grad.dataSync(), Number.isNaN)).toEqual([true, false]);
    }
    const rows = compile(softmaxFocal({ reduction: 'none' }), { fromLogits: false, fused });
    const p = tf.tensor2d([Number.NaN, 0.5, 0.25, 0.75], [2, 2]);
    expect(Array.from(rows([1, 1], p).dataSync(), Number.isNaN)).toEqual([true, false]);
  });

  test('a softmax along another axis than the last', () => {
    const loss = softmaxFocal({ reduction: 'sum' });
    const logits = [1, 2, 3, -1, 0, 1];
    const x = tf.tensor2d(logits, [3, 2]);
    const p = tf.transpose(tf.softmax(tf.transpose(x)));
    const got = compile(loss, { fromLogits: false, fused, axis: 0 })([1, 2], p).dataSync()[0];
    expect(got).toBeCloseTo(reference(loss).value(logits, [1, 2], { shape: [3, 2], axis: 0 }) as number, 5);
  });

  test('logits passed by mistake are noticed', () => {
    const call = () => run([1, 1], tf.tensor1d([0.5, 3]));
    expect(call).toThrow(FocalLossError);
    expect(call).toThrow('predictions[1] got 3, takes a probability in [0, 1] (fromLogits: false)');
  });
});
