import { describe, expect, it } from 'vitest';
import { expNegative, log1pUnit } from '../src/helpers.generated.ts';

/** Distance in units of the last place of the expected number. */
function ulps(got: number, expected: number): number {
  return Math.abs(got - expected) / 2 ** (Math.floor(Math.log2(expected)) - 52);
}

function worst(f: (a: number) => number, truth: (a: number) => number, points: readonly number[]): number {
  return points.reduce((most, a) => Math.max(most, ulps(f(a), truth(a))), 0);
}

const steps = (from: number, to: number, n: number) =>
  Array.from({ length: n }, (_, i) => from + ((to - from) * i) / n);

describe('elementary functions', () => {
  // Math.exp and Math.log1p are themselves within 1 ulp.
  it('expNegative is within 3 ulp of Math.exp wherever the result is a normal number', () => {
    expect(worst(expNegative, (a) => Math.exp(-a), steps(0, 708, 300_000))).toBeLessThan(3);
    expect(worst(expNegative, (a) => Math.exp(-a), steps(0, 1, 100_000))).toBeLessThan(3);
  });

  it('log1pUnit is within 3 ulp of Math.log1p, however small the argument', () => {
    expect(worst(log1pUnit, Math.log1p, steps(1e-9, 1, 300_000))).toBeLessThan(3);
    expect(
      worst(
        log1pUnit,
        Math.log1p,
        steps(0, 700, 100_000).map((a) => Math.exp(-a)),
      ),
    ).toBeLessThan(3);
  });

  it('both keep the ends and NaN', () => {
    expect([0, 1e308, Infinity, Number.NaN].map(expNegative)).toEqual([1, 0, 0, Number.NaN]);
    expect([0, 1, Number.NaN].map(log1pUnit)).toEqual([0, Math.LN2, Number.NaN]);
    expect(expNegative(740)).toBe(Math.exp(-740));
  });
});
