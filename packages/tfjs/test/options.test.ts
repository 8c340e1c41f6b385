/** Options drawn together, of every member, against core's reference. */
import {
  factories,
  type Loss,
  reference,
  posterior as referenceOf,
  sigmoidFocal,
  softmaxFocal,
} from '@focal-loss/core';
import { compile, posterior, valueGradHess } from '@focal-loss/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DrawnCall, drawnCalls, source, worstOf } from '../../onnx/test/drawn.ts';
import { places, tf } from './node.ts';

const names = Object.keys(factories) as (keyof typeof factories)[];

const drawn = new Map<string, readonly DrawnCall[]>();

/** Calls and their truths, which are the same for every backend. */
function callsOf(name: keyof typeof factories, count: number, seed: number): readonly DrawnCall[] {
  const key = `${name} ${seed}`;
  const calls = drawn.get(key) ?? [...drawnCalls(name, count, seed)];
  drawn.set(key, calls);
  return calls;
}

/** The tensors of a drawn call. */
function tensorsOf({ loss, logits, targets, targetRows, shape, axis, weights, weightsShape }: DrawnCall) {
  const at = axis < 0 ? shape.length + axis : axis;
  const entries = loss.link === 'softmax' ? shape.filter((_, i) => i !== at) : shape;
  return {
    x: tf.tensor(Float32Array.from(logits), shape),
    y: tf.tensor(Float32Array.from(targets), targetRows ? shape : entries),
    w: weights && tf.tensor(Float32Array.from(weights), weightsShape ?? entries),
  };
}

describe.each(places)('on $name', ({ backend, fused }) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  test.each(names)('%s', (name) => {
    const worst = { value: 0, grad: 0, hess: 0 };
    const at = { value: '', grad: '', hess: '' };
    for (const call of callsOf(name, 5, 21)) {
      const { loss, axis, truth, scale, text } = call;
      const before = tf.memory().numTensors;
      const got = tf.tidy(() => {
        const { x, y, w } = tensorsOf(call);
        const run = compile(loss, { fused, axis });
        const { value, grad } = tf.valueAndGrad((x) => run(y, x, w))(x);
        const parts = valueGradHess(loss, { fused, axis })(y, x, w);
        expect(parts.value.shape).toEqual(value.shape);
        expect([grad.shape, parts.grad.shape, parts.hess.shape]).toEqual([x.shape, x.shape, x.shape]);
        const read = (a: tf.Tensor) => a.dataSync();
        return { value: read(value), grad: read(grad), hess: read(parts.hess), other: read(parts.grad) };
      });
      expect(tf.memory().numTensors).toBe(before);
      for (const part of ['value', 'grad', 'hess'] as const) {
        const error = worstOf(got[part], truth[part], scale[part]);
        if (error > worst[part]) [worst[part], at[part]] = [error, text];
      }
      expect(worstOf(got.other, truth.grad, scale.grad), text).toBeLessThan(2e-6);
    }
    const [v, g, h] = [worst.value, worst.grad, worst.hess].map((error) => error.toExponential(1));
    console.log(`${name} on ${backend} ${fused}: value ${v}, gradient ${g}, second derivatives ${h}`);
    const allowed = fused ? 1e-6 : 2e-6;
    expect(worst.value, at.value).toBeLessThan(allowed);
    expect(worst.grad, at.grad).toBeLessThan(allowed);
    expect(worst.hess, at.hess).toBeLessThan(fused ? 1e-6 : 4e-6);
  });

  test.each(names)('%s: the gradient of the gradient is the second derivative, whatever the options', (name) => {
    let worst = 0;
    let at = '';
    for (const call of callsOf(name, 3, 22)) {
      if (call.loss.link === 'softmax') continue;
      const second = tf.tidy(() => {
        const { x, y, w } = tensorsOf(call);
        const run = compile(call.loss, { fused, axis: call.axis });
        return tf
          .grad((x) => tf.sum(tf.grad((x) => run(y, x, w))(x)))(x)
          .dataSync();
      });
      const error = worstOf(second, call.truth.hess, call.scale.hess);
      if (error > worst) [worst, at] = [error, call.text];
    }
    expect(worst, at).toBeLessThan(4e-6);
  });

  test('of a softmax it is the product with the matrix: rows, places, smoothed labels, any axis', () => {
    for (const name of names) {
      for (const call of callsOf(name, 2, 23)) {
        const { loss, axis } = call;
        if (loss.link !== 'softmax') continue;
        const n = call.logits.length;
        const direction = Float32Array.from({ length: n }, (_, i) => Math.sin(3 * i + 1));
        const product = tf.tidy(() => {
          const { x, y, w } = tensorsOf(call);
          const run = compile(loss, { fused, axis });
          const v = tf.tensor(direction, call.shape);
          return tf
            .grad((x) => tf.sum(tf.mul(v, tf.grad((x) => run(y, x, w))(x))))(x)
            .dataSync();
        });
        const h = 1e-5;
        const gradAt = (sign: number) => {
          const moved = call.logits.map((x, i) => x + sign * h * direction[i]);
          return gradOf(call, moved);
        };
        const [after, before] = [gradAt(1), gradAt(-1)];
        const errors = product.map((got, i) => {
          const truth = (after[i] - before[i]) / (2 * h);
          return Math.abs(got - truth) / Math.max(1, Math.abs(truth));
        });
        expect(Math.max(...errors), call.text).toBeLessThan(3e-5);
      }
    }
  });

  test('posteriors, and what has none', () => {
    const told: Loss[] = [
      ...Object.values(factories as unknown as Record<string, () => Loss>).map((make) => make()),
      sigmoidFocal({ gamma: 0.7, alpha: [0.2, 0.5, 0.999] }),
      softmaxFocal({ gamma: 1.3, alpha: [1, 2, 0.5] }),
    ].filter((loss) => loss.untold === undefined);
    const { between } = source(5);
    const shape = [10, 3, 4];
    const logits = Float32Array.from({ length: 120 }, (_, i) => between(-1, 1) * [1, 10, 60][i % 3]);
    const before = tf.memory().numTensors;
    for (const loss of told) {
      const truth = referenceOf(loss)(logits, { shape, axis: 1 });
      const odds = referenceOf(loss)(logits, { shape, axis: 1, logit: true });
      const [eta, logit] = tf.tidy(() => {
        const x = tf.tensor(logits, shape);
        const of = (logit: boolean) => posterior(loss, { axis: 1, fused, logit })(x).dataSync();
        return [of(false), of(true)];
      });
      const allowed = fused ? 4e-6 : 4e-5;
      const off = (got: number, t: number, size: number) => (Math.abs(t) < 2 ** -126 ? 0 : Math.abs(got - t) / size);
      const errors = truth.map((t, i) =>
        Math.max(off(eta[i], t, t), off(logit[i], odds[i], Math.max(1, Math.abs(odds[i])))),
      );
      expect(Math.max(...errors), `${loss.name} at ${logits[errors.indexOf(Math.max(...errors))]}`).toBeLessThan(
        allowed,
      );
      const huge = [3e38, -3e38, 1e30, -1e30, 0, 700];
      const probabilities = tf.tidy(() => posterior(loss, { fused, axis: 0 })(tf.tensor2d(huge, [3, 2])).dataSync());
      expect(Array.from(probabilities).every((p) => p >= 0 && p <= 1.00001)).toBe(true);
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(() => posterior(factories.asymmetric())).toThrow(/below the margin/);
    expect(() => tf.grad((x) => posterior(sigmoidFocal(), { fused })(x))(tf.tensor1d([1]))).toThrow(
      /posterior got "a call under tf.grad"/,
    );
    expect(() => posterior(softmaxFocal(), { fused })([1, 2, 3] as never)).not.toThrow();
    expect(() => posterior(softmaxFocal({ alpha: [1, 2] }), { fused })([1, 2, 3])).toThrow(/alpha got/);
    expect(() => posterior(softmaxFocal(), { axis: 3, fused })([[1, 2]])).toThrow(/axis got 3/);
  });
});

/** The gradient of a drawn call at other logits, by core's reference. */
function gradOf({ loss, targets, shape, axis, weights, weightsShape }: DrawnCall, logits: Float64Array): Float64Array {
  const given = { shape, axis, ...(weights && { weights, ...(weightsShape && { weightsShape }) }) };
  return reference(loss).valueAndGrad(logits, targets, given).grad;
}
