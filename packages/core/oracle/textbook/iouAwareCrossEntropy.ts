import { Decimal, one, pow, zero } from '../decimal.ts';
import { type Definition, type Labelled, logP, logQ, type Params, type Point } from './definition.ts';
import { focal } from './focal.ts';

/** Cai et al. 2024, eq. 4: w·BCE(p, t) with t = max(p^α·u^(1−α), floor) held fixed, for u > 0; p^γ·(−log(1 − p)) for u = 0. */
function matched(at: Labelled, { alpha, floor, positiveWeight }: Params, held: { p: Decimal }): Point {
  const mean = pow(held.p, alpha).times(pow(at.y, one.minus(alpha)));
  const t = Decimal.max(mean, floor);
  // Of what has no weight nothing is left, not even of an infinite logarithm.
  const part = (weight: Decimal, log: Decimal) => (weight.isZero() ? zero : weight.times(log));
  const value = part(t, logP(at))
    .plus(part(one.minus(t), logQ(at)))
    .neg();
  return {
    value: positiveWeight.times(value),
    slope: positiveWeight.times(at.p.minus(t)),
    slopeScale: positiveWeight.times(t.times(at.q).plus(one.minus(t).times(at.p))),
  };
}

export const iouAwareCrossEntropy: Definition = {
  positive: (at, params, held = at) => matched({ ...at, y: one }, params, held),
  negative: (at, { gamma }) => focal.negative(at, { gamma }),
  soft: (at, params, held = at) => matched(at, params, held),
  tried: {
    sigmoid: [
      {},
      { alpha: 0.5, gamma: 1.5, floor: 0.001, positiveWeight: 5 },
      { alpha: 0, gamma: 0.5, floor: 0.2 },
      { alpha: 1, gamma: 3.25, floor: 0.05 },
    ],
    softmax: [],
  },
};
