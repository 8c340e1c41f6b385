import { type Decimal, pow, zero } from '../decimal.ts';
import { apart, type Definition, expected } from './definition.ts';
import { focal } from './focal.ts';

/** Li et al. 2020, eq. 2: QFL = |y − p|^β CE. With a hard label |y − p| = 1 − p_t: the focal loss of γ = β. */
export const qualityFocal: Definition = {
  positive: (at, { beta }) => focal.positive(at, { gamma: beta }),
  negative: (at, { beta }) => focal.negative(at, { gamma: beta }),
  soft(at, { beta }) {
    const { p, q, y } = at;
    const loss = expected(at);
    const distance = y.minus(p);
    const terms = apart(at);
    /** |d|^k by its terms. Below k = 1 an error of d, small beside the terms, weighs |d|^(k−1). */
    const power = (k: Decimal) =>
      k.isZero() || k.gte(1) || distance.isZero() ? pow(terms, k) : pow(distance.abs(), k.minus(1)).times(terms);
    const curvature = beta.times(p).times(q).times(loss);
    return {
      value: pow(distance.abs(), beta).times(loss),
      // At p = y itself the slope is 0: β > 1 by continuity, β ≤ 1 by definition, being the mean of both sides.
      slope: distance.isZero()
        ? zero
        : curvature
            .times(pow(distance.abs(), beta.minus(1)))
            .times(distance.s)
            .plus(pow(distance.abs(), beta).times(distance))
            .neg(),
      valueScale: power(beta).times(loss),
      slopeScale: curvature.times(power(beta.minus(1))).plus(power(beta).times(terms)),
    };
  },
  // Below β = 1 the slope is unbounded beside p = y, and no float16 pins it down.
  zeroAtLabel: ({ beta }) => (Number(beta) > 0 && Number(beta) < 1 ? 'cusp' : 'smooth'),
  tried: { sigmoid: [0, 0.5, 1, 2, 3].map((beta) => ({ beta })), softmax: [] },
};
