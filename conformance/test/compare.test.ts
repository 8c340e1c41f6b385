import { describe, expect, it } from 'vitest';
import { flushed } from '../src/compare.ts';
import { type Closeness, compare, formats } from '../src/index.ts';

const float32: Closeness = { dtype: 'float32', allowance: 1e-6 };
const close = (got: number, truth: number, closeness = float32) => compare(got, truth, closeness).close;

describe('closeness', () => {
  it('is relative', () => {
    expect(close(1 + 9e-7, 1)).toBe(true);
    expect(close(1 + 2e-6, 1)).toBe(false);
    expect(close(1e-30 * (1 + 9e-7), 1e-30)).toBe(true);
    expect(close(1e-30 * (1 + 2e-6), 1e-30)).toBe(false);
    expect(compare(1.5, 1, float32).error).toBe(0.5);
    expect(compare(-1, 1, float32)).toEqual({ close: false, error: 2 });
  });

  it('keeps NaN and both infinities apart', () => {
    const special = [Number.NaN, Infinity, -Infinity, 0];
    for (const got of special) for (const truth of special) expect(close(got, truth)).toBe(Object.is(got, truth));
    expect(close(formats.float32.largest, Infinity)).toBe(false);
    expect(compare(Number.NaN, 1, float32).error).toBe(Infinity);
  });

  it('takes 0 and −0 for the same', () => {
    expect(close(-0, 0)).toBe(true);
  });

  it('lets a format flush what it has no normal number for, and nothing else', () => {
    const { tiny } = formats.float32;
    expect(close(0, tiny / 2)).toBe(true);
    expect(close(-tiny, tiny / 2)).toBe(true);
    expect(close(0, tiny)).toBe(true);
    expect(close(2 * tiny, tiny / 2)).toBe(false);
    expect(close(0, 1.1 * tiny)).toBe(false);
    expect(close(1e-30, 0)).toBe(false);
    expect(close(0, 1e-40, { dtype: 'float64', allowance: 1e-14 })).toBe(false);
  });

  it('has no room for the loss of an easy example in float16 on a GPU, which it had', () => {
    expect(flushed({ dtype: 'float16', device: 'gpu' })).toBeLessThan(1e-5);
    expect(flushed({ dtype: 'float32', device: 'gpu' })).toBeLessThan(1e-35);
    expect(flushed({ dtype: 'float32', device: 'composed' })).toBe(flushed({ dtype: 'float32', device: 'gpu' }));
  });

  it('lets a format overflow where it must', () => {
    expect(close(Infinity, 1e39)).toBe(true);
    expect(close(-Infinity, 1e39)).toBe(false);
    expect(close(formats.float32.largest, 1e39)).toBe(false);
    expect(close(Infinity, 1e38)).toBe(false);
    expect(close(Infinity, formats.float32.largest)).toBe(true);
  });

  it('takes errors relative to a scale where the truth is a difference', () => {
    expect(close(1e-7, 0, { ...float32, scale: 1 })).toBe(true);
    expect(close(2e-6, 0, { ...float32, scale: 1 })).toBe(false);
  });

  it('adds the tolerance of a published figure', () => {
    const figure = { ...float32, tolerance: 5e-4 };
    expect(compare(0.6913, 0.691, figure)).toEqual({ close: true, error: 0 });
    expect(close(0.6906, 0.691, figure)).toBe(true);
    expect(close(0.6902, 0.691, figure)).toBe(false);
    expect(close(Number.NaN, 0.691, figure)).toBe(false);
  });
});
