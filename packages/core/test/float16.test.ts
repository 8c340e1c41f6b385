import { describe, expect, it } from 'vitest';
import { fromFloat16Bits, toFloat16Bits } from '../src/index.ts';

describe('float16 as bits', () => {
  it('every float16 comes back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16Bits(bits);
      expect(toFloat16Bits(value)).toBe(Number.isNaN(value) ? 0x7e00 : bits);
    }
  });
  it('rounds once, ties to even, from float64 too', () => {
    const next = 1 + 2 ** -10;
    expect(fromFloat16Bits(toFloat16Bits((1 + next) / 2))).toBe(1);
    // By way of float32 this would have become the tie, and 1.
    expect(fromFloat16Bits(toFloat16Bits((1 + next) / 2 + 2 ** -40))).toBe(next);
    expect(fromFloat16Bits(toFloat16Bits(2 ** -25))).toBe(0);
    expect(fromFloat16Bits(toFloat16Bits(2 ** -25 + 2 ** -60))).toBe(2 ** -24);
    expect([65519.99, 65520, -1e9].map((value) => fromFloat16Bits(toFloat16Bits(value)))).toEqual([
      65504,
      Infinity,
      -Infinity,
    ]);
  });
});
