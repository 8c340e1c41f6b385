import { describe, expect, it } from 'vitest';
import { areExact, round, toNumbers } from '../src/numbers.ts';

describe('number formats', () => {
  it('rounds to the nearest float16, ties to even', () => {
    const half = (x: number) => round(x, 'float16');
    expect(half(0.1)).toBe(0.0999755859375);
    expect(half(1 + 2 ** -11)).toBe(1);
    expect(half(1 + 3 * 2 ** -11)).toBe(1 + 2 ** -9);
    expect(half(-(1 + 3 * 2 ** -11))).toBe(-(1 + 2 ** -9));
    expect(half(2 - 2 ** -12)).toBe(2);
    expect(half(65504)).toBe(65504);
    expect(half(65519.99)).toBe(65504);
    expect(half(65520)).toBe(Infinity);
    expect(half(-1e9)).toBe(-Infinity);
    expect(half(2 ** -24)).toBe(2 ** -24);
    expect(half(2 ** -25)).toBe(0);
    expect(half(1.5 * 2 ** -25)).toBe(2 ** -24);
    expect(half(Number.NaN)).toBeNaN();
    expect(half(-0)).toBe(-0);
  });

  it('hands float16 backends a Float32Array', () => {
    expect(toNumbers([0.1], 'float16')).toEqual(Float32Array.of(0.0999755859375));
    expect(toNumbers([0.1], 'float32')).toEqual(Float32Array.of(0.1));
    expect(toNumbers([0.1], 'float64')).toEqual(Float64Array.of(0.1));
  });

  it('knows what a format has', () => {
    expect(areExact([0.5, -0, Number.NaN, Infinity, 65504], 'float16')).toBe(true);
    expect(areExact([65536], 'float16')).toBe(false);
    expect(areExact([0.1], 'float32')).toBe(false);
    expect(areExact([0.1], 'float64')).toBe(true);
  });
});
