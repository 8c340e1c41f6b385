import { defineLoss, reference } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import { expect, test } from 'vitest';
import { places, tf } from './node.ts';

/** A loss with one formula for positives and another for negatives, and parameters named as options and operations are. */
const apart = defineLoss({
  name: 'apart',
  labels: 'apart',
  params: { alpha: 3, exp: 0.5 },
  alpha: 0.25,
  reduction: 'sum',
  formula: (o, x, y, { alpha, exp }) =>
    o.add(
      o.mul(y, o.mul(alpha, o.softplus(o.neg(x)))),
      o.mul(o.sub(o.constant(1), y), o.mul(o.pow(o.sigmoid(x), exp), o.softplus(o.sub(x, o.constant(1))))),
    ),
});

test.each(places)('a loss of your own whose labels are apart, hard and soft ones, on $name', async (place) => {
  await tf.setBackend(place.backend);
  const logits = Float32Array.from([-8, -2, 0.5, 1, 3, 9]);
  for (const labels of [
    [1, 0, 1, 0, 1, 0],
    [0.5, 0, 0.25, 1, 0.125, 0.75],
  ]) {
    const { value, grad } = reference(apart).valueAndGrad(logits, labels);
    const got = tf.tidy(() => {
      const run = compile(apart, { fused: place.fused });
      const both = tf.valueAndGrad((x) => run(labels, x))(tf.tensor1d(logits));
      return [...both.value.dataSync(), ...both.grad.dataSync()];
    });
    [value as number, ...grad].forEach((truth, i) => {
      expect(Math.abs(got[i] - truth)).toBeLessThanOrEqual(1e-6 * Math.abs(truth));
    });
  }
});

test.each(places)('a formula that is constant, or does not read the logit, on $name', async ({ backend, fused }) => {
  await tf.setBackend(backend);
  for (const reduction of ['mean', 'sum', 'none'] as const) {
    const constant = defineLoss({ name: 'constant', formula: (o) => o.constant(2), reduction });
    const label = defineLoss({ name: 'label', formula: (o, _, y) => o.mul(y, o.constant(3)), reduction });
    for (const loss of [constant, label]) {
      const truth = reference(loss).valueAndGrad([1, -2, 3], [1, 0, 0.5]);
      const run = compile(loss, { fused });
      const { value, grad } = tf.valueAndGrad((x) => run([1, 0, 0.5], x))(tf.tensor1d([1, -2, 3]));
      const values = typeof truth.value === 'number' ? [truth.value] : [...truth.value];
      expect([...value.dataSync()]).toEqual(values);
      expect([...grad.dataSync()].map(Math.abs)).toEqual([0, 0, 0]);
    }
  }
});
