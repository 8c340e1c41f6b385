import {
  type Formula,
  jet,
  type Loss,
  type Ops,
  qualityFocal,
  reference,
  sigmoidCrossEntropy,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxCrossEntropy,
  softmaxFocal,
  softmaxFocalStar,
} from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { places, tf } from './node.ts';

describe.each(places)('on $name', ({ backend, fused }) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  const allowed = fused ? 1e-6 : 2e-6;

  /** The worst relative error of value and gradient against core's reference in float64, of normal truths. */
  function errorOf(loss: Loss, logits: readonly number[], labels: readonly number[], shape = [logits.length]): number {
    const [x, y] = [Float32Array.from(logits), Float32Array.from(labels)];
    const truth = reference(loss).valueAndGrad(x, y, { shape });
    const run = compile(loss, { fused });
    const got = tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((x) => run(tf.tensor(y), x))(tf.tensor(x, shape));
      return [...value.dataSync(), ...grad.dataSync()];
    });
    const values = typeof truth.value === 'number' ? [truth.value] : [...truth.value];
    const truths = [...values, ...truth.grad];
    expect(got).toHaveLength(truths.length);
    return Math.max(...truths.map((truth, i) => (Math.abs(truth) < 2 ** -126 ? 0 : Math.abs(got[i] / truth - 1))));
  }

  test('α = 1e-8 made 0 of a positive, and α = .999 lost five digits of a negative: 1 − α was formed in float32', () => {
    for (const alpha of [1e-8, 1e-6, 0.001, 0.25, 0.999, 1 - 1e-6, 1 - 1e-8]) {
      for (const make of [sigmoidCrossEntropy, sigmoidFocal, sigmoidFocalStar]) {
        expect(errorOf(make({ alpha, reduction: 'none' }), [0, 0, 3, 3], [1, 0, 1, 0])).toBeLessThan(allowed);
        expect(errorOf(make({ alpha, reduction: 'none' }), [0, -3], [0.3, 1e-3])).toBeLessThan(allowed);
      }
    }
  });

  test('FL* lost digits where γz + β cancels: γ = 3.3, β = 20', () => {
    const logits = Array.from({ length: 400 }, (_, i) => (i - 200) / 10 + 1e-3);
    for (const [gamma, beta] of [
      [3.3, 20],
      [0.7, 50],
      [4.9, -50],
    ]) {
      const loss = sigmoidFocalStar({ gamma, beta, reduction: 'none' });
      for (const label of [0, 1]) expect(errorOf(loss, logits, Array(400).fill(label))).toBeLessThan(allowed);
    }
  });

  test('the sum over the classes of a row lost digits, one for each ten times as many', () => {
    for (const classes of [1000, 4099, 20_000]) {
      for (const logits of [Array(classes).fill(0.3), Array.from({ length: classes }, (_, i) => 5 * Math.sin(i * i))]) {
        expect(errorOf(softmaxFocal(), logits, [7], [1, classes])).toBeLessThan(allowed);
      }
    }
  });

  test('rows whose logits lie up to 300 apart: e^(x − max) ignored what the difference lost', () => {
    const logits = Array.from({ length: 280 }, (_, i) => 150 * Math.sin(i * 12.9898));
    const labels = Array.from({ length: 40 }, (_, i) => i % 7);
    for (const make of [softmaxCrossEntropy, softmaxFocal, softmaxFocalStar]) {
      expect(errorOf(make({ reduction: 'none' }), logits, labels, [40, 7])).toBeLessThan(allowed);
    }
  });

  test('labels of 1e-12 counted for nothing', () => {
    const logits = [-50, -30, -20, -10, 50, 30, 20, 10];
    const labels = [1e-12, 1e-9, 1e-7, 1e-4, 1e-12, 1e-9, 1e-7, 1e-4];
    for (const loss of [sigmoidFocal, sigmoidCrossEntropy, sigmoidFocalStar, qualityFocal].map((make) =>
      make({ reduction: 'none' }),
    )) {
      const [x, y] = [Float32Array.from(logits), Float32Array.from(labels)];
      const truth = reference(loss).value(x, y) as Float64Array;
      const got = compile(loss, { fused })(tf.tensor(y), tf.tensor(x)).dataSync();
      truth.forEach((value, i) => {
        if (value < 2 ** -126) return;
        expect(Math.abs(got[i] / value - 1), `${loss.name} at ${logits[i]}, ${labels[i]}`).toBeLessThan(allowed);
      });
    }
  });

  test('a NaN logit stays NaN, in the second gradient too: clipping made a number of it on some backends', () => {
    for (const loss of [sigmoidFocal({ gamma: 1.5, reduction: 'none' }), qualityFocal({ reduction: 'none' })]) {
      const run = compile(loss, { fused });
      const f = (x: tf.Tensor) => run([1, 1, 0], x);
      const slope = (x: tf.Tensor) => tf.grad(f)(x);
      const curve = (x: tf.Tensor) => tf.grad((x) => tf.sum(slope(x)))(x);
      for (const part of [f, slope, curve]) {
        const got = Array.from(part(tf.tensor1d([0.5, Number.NaN, -2])).dataSync(), Number.isNaN);
        expect(got).toEqual([false, true, false]);
      }
    }
    const rows = compile(softmaxFocal({ reduction: 'none' }), { fused });
    const x = tf.tensor2d([1, 2, 3, Number.NaN], [2, 2]);
    const slope = tf.grad((x) => tf.sum(tf.square(tf.grad((x) => rows([0, 1], x))(x))))(x);
    expect(Array.from(slope.dataSync(), Number.isNaN)).toEqual([false, false, true, true]);
  });

  test('second derivatives where γ is no whole number: the sign of 1e-8 was 0 on wasm', () => {
    const logits = Array.from({ length: 161 }, (_, i) => (i - 80) / 4);
    const losses = [0.3, 0.5, 1.5, 2.7, 4.1].flatMap((gamma) => [
      sigmoidFocal({ gamma, reduction: 'sum' }),
      sigmoidFocalStar({ gamma, reduction: 'sum' }),
      qualityFocal({ beta: gamma, reduction: 'sum' }),
    ]);
    let worst = 0;
    for (const loss of losses) {
      for (const label of [0, 1]) {
        const y = tf.fill([logits.length], label);
        const got = tf.grad((x) => tf.sum(tf.grad((x) => compile(loss, { fused })(y, x))(x)))(tf.tensor1d(logits));
        const at = jet<Sized>(loss.formula as Formula, sized, mapped(loss.params), 2);
        got.dataSync().forEach((second, i) => {
          const { value, size } = at(sizedNumber(logits[i]), sizedNumber(label))[2];
          if (size > 1e-30) worst = Math.max(worst, Math.abs(second - value) / size);
        });
      }
    }
    console.log(`second derivatives on ${backend} ${fused}: worst error ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(2e-6);
  });
});

/** A number with the sum of the absolute values of its terms: what the error of a difference is relative to. */
interface Sized {
  readonly value: number;
  readonly size: number;
}

const sizedNumber = (value: number): Sized => ({ value, size: Math.abs(value) });
const mapped = (params: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, sizedNumber(value)]));
const known =
  (op: (...numbers: number[]) => number) =>
  (...args: Sized[]) =>
    sizedNumber(op(...args.map(({ value }) => value)));
const e = (a: number) => Math.exp(-Math.abs(a));

const sized: Ops<Sized> = {
  tiny: 2 ** -1022,
  constant: sizedNumber,
  literal: () => undefined,
  add: (a, b) => ({ value: a.value + b.value, size: a.size + b.size }),
  sub: (a, b) => ({ value: a.value - b.value, size: a.size + b.size }),
  mul: (a, b) => ({ value: a.value * b.value, size: a.size * b.size }),
  div: (a, b) => ({ value: a.value / b.value, size: a.size / Math.abs(b.value) }),
  neg: (a) => ({ value: -a.value, size: a.size }),
  abs: (a) => ({ value: Math.abs(a.value), size: a.size }),
  sign: known(Math.sign),
  max: known(Math.max),
  exp: known(Math.exp),
  log: known(Math.log),
  log1p: known(Math.log1p),
  softplus: known((a) => Math.max(a, 0) + Math.log1p(e(a))),
  sigmoid: known((a) => (a < 0 ? e(a) : 1) / (1 + e(a))),
  pow: known((a, p) => a ** p),
  affine: known((a, x, b) => a * x + b),
  where: (test, a, b) => (test.value > 0 ? a : b),
  detach: (a) => a,
};
