import type { Ops } from '../ops.ts';

/**
 * 1 − e⁻ᵘ for u ≥ 0 without the subtraction where u is small: d = 1 − e⁻ᵘ has lost digits there, and −log(1 − d) is the u of
 * which it is the right answer, so that d·u / −log(1 − d) is that of ours (Kahan).
 *
 * @param power e⁻ᵘ, which formulas have at hand, to as many digits as there are.
 */
export function complement<T>(o: Ops<T>, u: T, power: T): T {
  const one = o.constant(1);
  const d = o.sub(one, power);
  const mended = o.mul(u, o.div(d, o.neg(o.log1p(o.neg(d)))));
  return o.where(o.sub(u, one), d, o.where(d, mended, u));
}
