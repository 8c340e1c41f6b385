import { one, pow } from '../decimal.ts';
import { apart, type Definition, expected, logP } from './definition.ts';
import { focal } from './focal.ts';

/** Zhang et al. 2021, eq. 2: q·BCE(p, q) for q > 0, α p^γ·(−log(1 − p)) for q = 0. Held, p^γ has no derivative. */
export const varifocal: Definition = {
  positive: (at) => ({ value: logP(at).neg(), slope: at.q.neg() }),
  negative(at, { alpha, gamma, detach }, held = at) {
    const { value, slope } = focal.negative(at, { gamma });
    if (detach.isZero()) return { value: value.times(alpha), slope: slope.times(alpha) };
    const weight = alpha.times(pow(held.p, gamma));
    const { value: ce } = focal.negative(at, { gamma: gamma.times(0) });
    return { value: weight.times(ce), slope: weight.times(at.p) };
  },
  soft(at, { iouWeighted }) {
    const weight = iouWeighted.isZero() ? one : at.y;
    return {
      value: weight.times(expected(at)),
      slope: weight.times(at.p.minus(at.y)),
      slopeScale: weight.times(apart(at)),
    };
  },
  tried: {
    sigmoid: [
      {},
      { gamma: 0.5, alpha: 0.25 },
      { gamma: 3.5, iouWeighted: false },
      { detach: true },
      { gamma: 1.5, alpha: 1, detach: true },
    ],
    softmax: [],
  },
};
