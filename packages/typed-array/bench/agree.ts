import type { Outcome } from './rivals/rival.ts';

/** What float32 may cost where a formula subtracts from 1. A mistake in a formula costs far more. */
const TOLERANCE = 1e-3;
/** Sums of more terms lose digits in some libraries that add in float32; that is reported and no mistake in a formula. */
const LONG_SUM = 2e5;

/**
 * How far `got.value` is from the expected one, relatively.
 *
 * @throws Error if two ways to compute the same loss of ordinary logits do not give the same.
 */
export function agree(what: string, elements: number, expected: Outcome, got: Outcome): number {
  const off = Math.abs(got.value - expected.value) / Math.abs(expected.value);
  if (!(off < TOLERANCE || (elements > LONG_SUM && Number.isFinite(off)))) {
    throw new Error(`${what}, ${elements} logits: the loss is ${got.value} and should be ${expected.value}`);
  }
  if (expected.grad === undefined) return off;
  const apart = distance(expected.grad, got.grad);
  if (!(apart < TOLERANCE)) throw new Error(`${what}, ${elements} logits: the gradient is off by ${apart}`);
  return off;
}

/** ‖a − b‖ / ‖a‖ */
function distance(a: Float32Array, b: Float32Array | undefined): number {
  if (a.length !== b?.length) return Number.NaN;
  let apart = 0;
  let length = 0;
  for (let i = 0; i < a.length; i++) {
    apart += (a[i] - b[i]) ** 2;
    length += a[i] ** 2;
  }
  return Math.sqrt(apart / length);
}
