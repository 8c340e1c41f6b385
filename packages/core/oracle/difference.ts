import { Decimal } from './decimal.ts';

const h = new Decimal('1e-25');
const allowed = new Decimal('1e-25');

/** Far below the least double. */
const nothing = new Decimal('1e-340');

/**
 * Throws unless the gradient agrees with the central difference of the function, relative to `scale`.
 *
 * The closed forms are typed in by hand; this is what makes them trustworthy. The difference is off by h² = 1e-50 and
 * by the rounding of the working precision over h. At an infinity or a NaN there is nothing to difference.
 */
export function confirm(
  what: string,
  f: (xs: readonly Decimal[]) => Decimal,
  xs: readonly Decimal[],
  gradient: readonly Decimal[],
  scale: readonly Decimal[],
): void {
  if (!xs.every((x) => x.isFinite())) return;
  gradient.forEach((slope, j) => {
    const nudged = (by: Decimal) => f(xs.map((x, k) => (k === j ? x.plus(by) : x)));
    const difference = nudged(h).minus(nudged(h.neg())).div(h.times(2));
    const error = difference.minus(slope).abs();
    if (!error.lte(allowed.times(scale[j]).plus(nothing))) {
      const at = xs.map((x) => x.toPrecision(10)).join(', ');
      throw new Error(`${what} at ${at}: ∂/∂x_${j} is ${slope.toPrecision(40)}, not ${difference.toPrecision(40)}`);
    }
  });
}
