import {
  derivative,
  numbers,
  qualityFocal,
  reference,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxFocal,
} from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { places, tf } from './node.ts';

const logits = [-30, -5, -1.5, 0.25, 2, 8];
const labels = [1, 0, 1, 0, 1, 0];

const closeTo = (got: ArrayLike<number>, truth: ArrayLike<number>, allowance = 1e-5) => {
  expect(got.length).toBe(truth.length);
  for (let i = 0; i < truth.length; i++) {
    expect(Math.abs(got[i] - truth[i])).toBeLessThanOrEqual(allowance * Math.abs(truth[i]) + 1e-30);
  }
};

describe.each(places)('on $name', ({ backend, fused }) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  const x = () => tf.tensor1d(logits);
  const y = () => tf.tensor1d(labels);

  test('tf.grad, tf.grads, tf.valueAndGrad and tf.variableGrads agree with the reference', () => {
    const loss = sigmoidFocal({ gamma: 1.5, alpha: 0.25 });
    const run = compile(loss, { fused });
    const { value, grad } = reference(loss).valueAndGrad(logits, labels);
    const labelTensor = y();
    const f = (x: tf.Tensor) => run(labelTensor, x);
    closeTo(tf.grad(f)(x()).dataSync(), grad);
    closeTo(tf.grads(f)([x()])[0].dataSync(), grad);
    const both = tf.valueAndGrad(f)(x());
    closeTo(both.grad.dataSync(), grad);
    closeTo(both.value.dataSync(), [value as number]);
    const variable = tf.variable(x(), true, `logits of ${backend} ${fused}`);
    closeTo(Object.values(tf.variableGrads(() => f(variable) as tf.Scalar).grads)[0].dataSync(), grad);
    variable.dispose();
  });

  test('the gradient that comes from above multiplies it: scalar, elementwise and by rows', () => {
    const mean = compile(sigmoidFocal(), { fused });
    const { grad } = reference(sigmoidFocal()).valueAndGrad(logits, labels);
    closeTo(
      tf
        .grad((x) => tf.mul(mean(y(), x), -3))(x())
        .dataSync(),
      grad.map((g) => -3 * g),
    );

    const factors = logits.map((_, i) => i - 2);
    const none = compile(sigmoidFocal({ reduction: 'none' }), { fused });
    const each = reference(sigmoidFocal({ reduction: 'none' })).valueAndGrad(logits, labels).grad;
    const scaled = tf.grad((x) => tf.sum(tf.mul(none(y(), x), tf.tensor1d(factors))))(x());
    closeTo(
      scaled.dataSync(),
      each.map((g, i) => g * factors[i]),
    );

    const rows = compile(softmaxFocal({ reduction: 'none' }), { fused });
    const truth = reference(softmaxFocal({ reduction: 'none' })).valueAndGrad(logits, [2, 0], { shape: [2, 3] }).grad;
    const byRow = tf.grad((x) => tf.sum(tf.mul(rows([2, 0], x), tf.tensor1d([5, -1]))))(tf.tensor2d(logits, [2, 3]));
    closeTo(
      byRow.dataSync(),
      truth.map((g, i) => g * (i < 3 ? 5 : -1)),
    );
  });

  test.each([
    ['sigmoidFocal', sigmoidFocal({ gamma: 2, reduction: 'sum' })],
    ['sigmoidFocal γ=½', sigmoidFocal({ gamma: 0.5, alpha: 0.3, reduction: 'sum' })],
    ['sigmoidFocalStar', sigmoidFocalStar({ reduction: 'sum' })],
    ['qualityFocal', qualityFocal({ reduction: 'sum' })],
  ])('%s: second and third derivatives are those of the formula', (_, loss) => {
    const near = logits.slice(1);
    const f = (x: tf.Tensor) => compile(loss, { fused })(labels.slice(1), x);
    const first = (x: tf.Tensor) => tf.sum(tf.grad(f)(x));
    const alphaOf = (y: number) => (typeof loss.alpha === 'number' ? (y === 1 ? loss.alpha : 1 - loss.alpha) : 1);
    const truth = (order: number) => {
      let formula = loss.formula;
      for (let i = 0; i < order; i++) formula = derivative(formula);
      return near.map((x, i) => alphaOf(labels[i + 1]) * formula(numbers, x, labels[i + 1], loss.params));
    };
    closeTo(tf.grad(first)(tf.tensor1d(near)).dataSync(), truth(2), 2e-5);
    const second = (x: tf.Tensor) => tf.sum(tf.grad(first)(x));
    closeTo(tf.grad(second)(tf.tensor1d(near)).dataSync(), truth(3), 2e-4);
  });

  test('softmax: the Hessian is that of the reference by differences', () => {
    const loss = softmaxFocal({ gamma: 2, alpha: [0.2, 0.3, 0.5] });
    const at = [0.5, -1, 2, 1.5, 0.2, -0.3];
    const classes = [0, 1];
    const direction = [1, -2, 0.5, 0.3, -1, 2];
    const f = (x: tf.Tensor) => compile(loss, { fused })(classes, x);
    const product = tf.grad((x) => tf.sum(tf.mul(tf.grad(f)(x), tf.tensor2d(direction, [2, 3]))))(
      tf.tensor2d(at, [2, 3]),
    );
    const h = 1e-5;
    const gradAt = (sign: number) =>
      reference(loss).valueAndGrad(
        at.map((x, i) => x + sign * h * direction[i]),
        classes,
        { shape: [2, 3] },
      ).grad;
    const [after, before] = [gradAt(1), gradAt(-1)];
    const truth = Array.from(after, (g, i) => (g - before[i]) / (2 * h));
    product.dataSync().forEach((got, i) => {
      expect(got).toBeCloseTo(truth[i], 5);
    });
  });

  test('a second gradient with ignored entries, weights and a mean over what is left', () => {
    const loss = sigmoidFocal({ ignoreIndex: -1, normalizer: 'weights' });
    const f = (x: tf.Tensor) => compile(loss, { fused })([1, -1, 0], x, [2, 5, 1]);
    const hessian = tf
      .grad((x) => tf.sum(tf.grad(f)(x)))(tf.tensor1d([0.5, Number.NaN, 1]))
      .dataSync();
    const second = derivative(derivative(loss.formula));
    closeTo(hessian, [(2 * second(numbers, 0.5, 1, loss.params)) / 3, 0, second(numbers, 1, 0, loss.params) / 3]);
  });

  test('value and gradient are one pass, and a value alone is one without gradient', async () => {
    const run = compile(sigmoidFocal(), { fused });
    const profile = async (work: () => tf.Tensor | tf.Tensor[]) => (await tf.profile(work)).kernelNames;
    const alone = await profile(() => run(y(), x()));
    const both = await profile(() => tf.grad((x) => run(y(), x))(x()));
    if (fused) expect(alone.filter((name) => name.startsWith('FocalLoss'))).toEqual(['FocalLoss']);
    if (fused) expect(both.filter((name) => name.startsWith('FocalLoss'))).toEqual(['FocalLoss']);
    expect(both).not.toContain('Softplus');
  });
});
