import { factories } from '@focal-loss/core';
import { afterAll, describe, expect, it } from 'vitest';
import { type Drawn, draws } from '../../tfjs/test/draws.ts';
import type { DrawnCall } from './gpu/numbers.ts';
import { openGpu } from './gpu/open.ts';

const gpu = openGpu(new URL('gpu/numbers.ts', import.meta.url));
afterAll(() => gpu.close());

type Errors = [name: string | number, value: number, grad: number][];

const expectSmall = (errors: Errors, most = 2e-6) => {
  for (const [name, value, grad] of errors) {
    expect(value, `value, ${name}`).toBeLessThan(most);
    expect(grad, `gradient, ${name}`).toBeLessThan(most);
  }
};

it('α near 0 or 1: 1 − α of a rounded α made α = 1e-8 nothing and α = 0.999 wrong by 1.3e-5', async () => {
  expectSmall(await gpu.call<Errors>('alphas'), 1e-6);
});

it('soft labels below 1.5e-8 were taken for 0: at x = −50, y = 1e-9 the gradient had the wrong sign', async () => {
  const { results, story } = await gpu.call<{ results: Errors; story: number[] }>('softLabels');
  expectSmall(results);
  expect(story[0]).toBeCloseTo(5e-8, 12);
  expect(story[1]).toBeCloseTo(-1e-9, 14);
});

it('results below 5e-38 came out as 0: values do down to the smallest normal number, slopes as long as their terms do', async () => {
  expectSmall(await gpu.call<Errors>('tails'));
});

it('a soft label far out: what was small there was taken for constant', async () => {
  const [value, grad] = await gpu.call<[number, number]>('far');
  expect(value).toBeLessThan(1e-6);
  expect(grad).toBeLessThan(1e-6);
});

it('each loss was divided before the sum: a mean of 10⁵ losses of 1e-37 was 0. Means of huge ones are still numbers', async () => {
  for (const [name, error] of await gpu.call<[string, number][]>('means')) expect(error, name).toBeLessThan(2e-6);
});

/** A drawn call as it can be sent to another process, which functions cannot. */
function callOf({ loss, logits, targets, weights, shape }: Drawn): DrawnCall {
  const { params, alpha, reduction, normalizer, ignoreIndex, background } = loss;
  const ofMean = reduction === 'mean' ? { normalizer } : {};
  const options = { ...params, alpha, reduction, ...ofMean, ignoreIndex, background };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { factory: loss.name, options: Object.fromEntries(given), logits, targets, weights, shape };
}

/**
 * The smallest normal float32 times γ + 1, which is 6 at most, and a weight, 4: a smaller slope may be the sum of terms that a
 * GPU takes for 0.
 */
const LEAST = 2 ** -126 * 24;

/** The worst error of value and gradient, relative to the truth or, for differences, to the size of its terms. */
function errorOf({ truth }: Drawn, got: { value: number | Float32Array; grad: Float32Array }): number {
  const error = (numbers: ArrayLike<number>, truths: readonly number[], scales: readonly number[] = truths) =>
    Math.max(
      ...truths.map((truth, i) => {
        const scale = Math.max(Math.abs(truth), Math.abs(scales[i]));
        return scale < LEAST ? 0 : Math.abs(numbers[i] - truth) / scale;
      }),
    );
  const values = typeof got.value === 'number' ? [got.value] : got.value;
  return Math.max(error(values, truth.value, truth.valueScale), error(got.grad, truth.grad, truth.gradScale));
}

describe('calls drawn at random, all options together, parameters and logits with all their bits', () => {
  it.each(Object.keys(factories) as (keyof typeof factories)[])(
    '%s: within 1e-5',
    async (factory) => {
      const drawn = [...draws(factory, 30, 17)];
      const answers = await gpu.call<{ value: number | Float32Array; grad: Float32Array }[]>(
        'drawn',
        drawn.map(callOf),
      );
      let most = { error: 0, text: '' };
      drawn.forEach((one, i) => {
        const error = errorOf(one, answers[i]);
        if (!(error <= most.error)) most = { error, text: one.text };
      });
      console.log(`${factory}: worst error ${most.error.toExponential(1)}`);
      expect(most.error, most.text).toBeLessThanOrEqual(1e-5);
    },
    300_000,
  );
});
