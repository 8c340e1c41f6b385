import { Decimal } from 'decimal.js';
import * as transcendental from './transcendental.ts';

export { withDigits } from './digits.ts';
export { Decimal };

/** Digits that every truth keeps after its cancellations, at least. */
const kept = 70;

/** The least double is 5e-324. What cancels further down than this many digits rounds to 0, whatever it is. */
const deepest = 340;

Decimal.set({ precision: kept });

/**
 * Decimal digits that make 1 − p good to `kept` digits although p is as close to 1 as e^−magnitude.
 *
 * A loss that goes with (1 − p)^steepness cancels more digits if it is steep, and reaches the least double later if
 * it is not.
 */
export function digitsFor(magnitude: number, steepness = 1): number {
  const cancelled = (Math.max(1, steepness) * magnitude) / Math.LN10;
  return kept + Math.ceil(Math.min(cancelled, deepest / Math.min(1, steepness)));
}

/** Exactly the double, where `new Decimal(0.1)` is exactly one tenth: a backend is given the double. */
export const exact = (double: number): Decimal =>
  new Decimal(Number.isFinite(double) ? double.toPrecision(100) : double);

/** The double nearest to the truth; the only rounding a truth ever sees. */
export const nearest = (truth: Decimal): number => Number(truth.toString());

export const zero = new Decimal(0);
export const one = new Decimal(1);

export const sum = (terms: readonly Decimal[]): Decimal => terms.reduce((total, term) => total.plus(term), zero);

/** Results that are remembered, of each function. */
const MOST = 50_000;

/** The same point is visited by every loss, and a hundred digits of a logarithm take long. */
function remembered(f: (...args: readonly Decimal[]) => Decimal): typeof f {
  const known = new Map<string, Decimal>();
  return (...args) => {
    const key = [Decimal.precision, ...args].join(' ');
    const result = known.get(key) ?? f(...args);
    // Of points drawn at random none comes back.
    if (known.size > MOST) known.clear();
    known.set(key, result);
    return result;
  };
}

export const exp = remembered(transcendental.exp);
export const ln = remembered(transcendental.ln);
export const pow = remembered(transcendental.pow);
