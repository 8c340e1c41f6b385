import type { Numbers } from './backend.ts';
import type { Dtype } from './compare.ts';

/** The number of the format that is nearest to `value`. */
export function round(value: number, dtype: Dtype): number {
  return dtype === 'float64' ? value : dtype === 'float32' ? Math.fround(value) : roundToHalf(value);
}

/** `values` as a backend of that format gets them. */
export function toNumbers(values: ArrayLike<number>, dtype: Dtype): Numbers {
  if (dtype === 'float64') return new Float64Array(values);
  const rounded = new Float32Array(values);
  return dtype === 'float32' ? rounded : rounded.map(roundToHalf);
}

/** Whether the format has every one of the numbers. */
export function areExact(values: readonly number[], dtype: Dtype): boolean {
  return values.every((value) => Object.is(round(value, dtype), value));
}

/** Nearest float16, ties to even. Math.f16round is younger than the oldest Node this runs on. */
function roundToHalf(value: number): number {
  const size = Math.abs(value);
  if (!(size > 0 && size < Infinity)) return value;
  if (size >= 65520) return Math.sign(value) * Infinity;
  const unit = 2 ** (Math.max(Math.floor(Math.log2(size)), -14) - 10);
  const units = size / unit;
  const floor = Math.floor(units);
  const rest = units - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 === 1);
  return Math.sign(value) * (floor + Number(up)) * unit;
}
