import {
  asymmetric,
  gaussianFocal,
  type Loss,
  reference,
  sigmoidCrossEntropy,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxCrossEntropy,
} from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { compile, engines } from '../src/index.ts';

const relative = (got: number, truth: number) => Math.abs(got / truth - 1);

/** Value and gradient of float32 logits, both off by at most 1e-6 of what core's reference gives. */
function close(
  loss: Loss,
  engine: (typeof all)[number],
  x: number[],
  y: number[],
  options: { weights?: number[] } = {},
) {
  const logits = Float32Array.from(x);
  const want = reference(loss).valueAndGrad(logits, y, options);
  const got = compile(loss, { engine }).valueAndGrad(logits, y, options);
  const values = [got.value, want.value].map((value) => (typeof value === 'number' ? [value] : Array.from(value)));
  values[0].forEach((value, i) => {
    if (values[1][i] !== 0) expect(relative(value, values[1][i])).toBeLessThan(1e-6);
  });
  want.grad.forEach((slope, i) => {
    if (Math.abs(slope) > 2 ** -126) expect(relative(got.grad[i], slope)).toBeLessThan(1e-6);
  });
}

const all = engines();

describe.each(all)('%s: what losses are multiplied by', (engine) => {
  it.each([1e-8, 1e-6, 0.001, 0.25, 0.999, 1 - 1e-8])(
    'α = %s is two numbers, α and 1 − α, and not the middle of them and half their difference (α = 1e-8 gave a loss of 0)',
    (alpha) => {
      close(sigmoidCrossEntropy({ alpha }), engine, [0], [1]);
      for (const reduction of ['none', 'mean', 'sum'] as const) {
        close(sigmoidCrossEntropy({ alpha, reduction }), engine, [0, 1, -2, 3, 0.5], [1, 0, 1, 0, 0]);
      }
    },
  );

  it.each([5000, 9001, 20_000])(
    'of %s labels the first thousands are 0 or 1 and others lie between: the first block was given the labels of the last, the loss was .9 of it',
    (n) => {
      // Logits that are nowhere next to their labels, where slopes cancel.
      const x = Array.from({ length: n }, (_, i) => 6 + Math.fround(Math.sin(i)));
      const y = Array.from({ length: n }, (_, i) => Math.fround(i < 4096 ? Number(i % 3 === 0) : (i % 5) / 7));
      const weights = Array.from({ length: n }, (_, i) => (i % 7) / 4);
      for (const make of [sigmoidFocal, gaussianFocal])
        for (const options of [{}, { weights }]) close(make({ normalizer: 'positives' }), engine, x, y, options);
    },
  );

  it('a mean of a million tiny losses is divided last (at x = −85 it was off by .25 %)', () => {
    const logits = new Float32Array(1_000_000).fill(-85);
    const run = compile(sigmoidCrossEntropy(), { engine });
    expect(relative(run.value(logits, new Uint8Array(1_000_000)), Math.exp(-85))).toBeLessThan(1e-9);
  });

  it('a sum of losses below float32 is no sum of numbers that have lost digits (at x = −95 it was off by 1e-4)', () => {
    const logits = new Float32Array(10_000).fill(-95);
    const run = compile(sigmoidCrossEntropy({ reduction: 'sum' }), { engine });
    expect(relative(run.value(logits, new Uint8Array(10_000)), 1e4 * Math.exp(-95))).toBeLessThan(1e-9);
  });

  it.each([1e-42, 1e-300])(
    'weights of %s, which float32 has few digits for or none, count as what they are',
    (weight) => {
      const weights = [weight, weight, weight];
      close(sigmoidFocal({ normalizer: 'weights' }), engine, [1, -2, 3], [0, 0, 1], { weights });
      close(sigmoidFocal({ reduction: 'sum' }), engine, [1, -2, 3], [0, 0, 1], { weights });
      close(sigmoidFocal({ normalizer: 'weights' }), engine, [1, -2, 3], [0, 0, 1], { weights: [0, 1, weight] });
    },
  );

  it('a large weight lifts a loss out of the numbers below float32’s normal ones with all its digits', () => {
    const loss = sigmoidCrossEntropy({ reduction: 'none' });
    close(loss, engine, [-90, -95, -101, 2], [0, 0, 0, 1], { weights: [1e3, 1e6, 1e9, 1] });
  });

  it('a large class weight lifts shares of a softmax as well', () => {
    const loss = softmaxCrossEntropy({ alpha: [1e9, 1, 1], reduction: 'none' });
    const logits = Float32Array.from([0, -95, 2]);
    const { grad } = compile(loss, { engine }).valueAndGrad(logits, [0], { shape: [1, 3] });
    const want = reference(loss).valueAndGrad(logits, [0], { shape: [1, 3] });
    want.grad.forEach((slope, i) => {
      expect(relative(grad[i], slope)).toBeLessThan(1e-6);
    });
  });

  it('a denominator that float32 has no inverse of is divided by all the same', () => {
    const run = compile(sigmoidFocal(), { engine });
    const one = compile(sigmoidFocal({ reduction: 'sum' }), { engine }).value(new Float32Array([2]), [0]);
    for (const normalizer of [1e-300, 1e-42, 1e42, 1e300]) {
      expect(relative(run.value(new Float32Array([2]), [0], { normalizer }), one / normalizer)).toBeLessThan(1e-6);
    }
  });

  it.each([
    ['an asymmetric loss by its margin', asymmetric, { margin: 0.05 }, 90.54, 0],
    ['and by a smaller one', asymmetric, { margin: 1e-6 }, 99.93, 0],
    ['FL* divides by its γ', sigmoidFocalStar, { gamma: 0.01, beta: 90 }, 95.3, 1],
  ])(
    'what a formula divides by is a factor, too: %s (results that are hardly normal numbers were off by 2e-6 to 2e-2)',
    (_, make, params, x, y) => {
      const loss = (make as (options: object) => Loss)({ ...params, reduction: 'none' });
      for (const shift of [0, 0.01, 0.02, 0.05]) close(loss, engine, [x + shift, 1, -2, 0.5], [y, 1, 0, 1]);
    },
  );
});
