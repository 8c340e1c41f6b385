import { type Decimal, one, pow } from '../decimal.ts';
import type { Definition, Params, Point } from './definition.ts';
import { focal } from './focal.ts';

/** Leng et al. 2022, eq. 7: FL + ε (1 − p_t)^(γ+1), and its derivative ε (γ+1) (1 − p_t)^γ times that of 1 − p_t. */
function plus(point: Point, { gamma, epsilon }: Params, miss: Decimal, slopeOfMiss: Decimal): Point {
  const value = epsilon.times(pow(miss, gamma.plus(1)));
  const slope = epsilon.times(gamma.plus(1)).times(pow(miss, gamma)).times(slopeOfMiss);
  const { valueScale = point.value, slopeScale = point.slope } = point;
  return {
    value: point.value.plus(value),
    slope: point.slope.plus(slope),
    ...(epsilon.isNegative() && { valueScale: valueScale.abs().plus(value.abs()) }),
    ...((epsilon.isNegative() || point.slopeScale) && { slopeScale: slopeScale.abs().plus(slope.abs()) }),
  };
}

export const poly: Definition = {
  positive: (at, params) => plus(focal.positive(at, params), params, at.q, at.p.times(at.q).neg()),
  negative: (at, params) => plus(focal.negative(at, params), params, at.p, at.p.times(at.q)),
  soft(at, params) {
    const { p, q, y } = at;
    const miss = y.times(q).plus(one.minus(y).times(p));
    return plus(focal.soft(at, params), params, miss, one.minus(y.times(2)).times(p).times(q));
  },
  tried: {
    sigmoid: [{}, { epsilon: 2.5, gamma: 2 }, { epsilon: -0.75, gamma: 1.5 }, { epsilon: -1, gamma: 0.5 }],
    softmax: [{}, { epsilon: 2.5, gamma: 2 }, { epsilon: -0.75, gamma: 1.5 }],
  },
};
