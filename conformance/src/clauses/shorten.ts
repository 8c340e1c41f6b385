import type { Reduction } from '@focal-loss/core';
import type { Expectation, Input } from '../vectors.ts';

/**
 * A repeated input cut to at most `largest` logits, and what is then to be expected: fewer repetitions make a sum
 * smaller, and each entry's share of a mean larger.
 */
export function shorten(
  input: Input,
  expect: Expectation,
  reduction: Reduction,
  largest: number,
): { input: Input; expect: Expectation } {
  const { repeat = 1, logits } = input;
  const fewer = Math.max(1, Math.floor(largest / logits.length));
  if (repeat <= fewer) return { input, expect };
  const part = fewer / repeat;
  const { value, grad } = expect;
  return {
    input: { ...input, repeat: fewer },
    expect: {
      ...expect,
      ...(reduction === 'sum' && typeof value === 'number' ? { value: value * part } : {}),
      ...(reduction === 'mean' && grad !== undefined ? { grad: grad.map((g) => g / part) } : {}),
    },
  };
}
