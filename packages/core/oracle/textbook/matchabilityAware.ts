import { one, pow } from '../decimal.ts';
import { type Definition, logP, logQ } from './definition.ts';
import { focal } from './focal.ts';

/** Huang et al. 2025, eq. 3: BCE(p, u^γ) for u > 0; α p^γ·(−log(1 − p)), p^γ held fixed, for u = 0. */
export const matchabilityAware: Definition = {
  positive: (at) => ({ value: logP(at).neg(), slope: at.q.neg() }),
  negative(at, { alpha, gamma }, held = at) {
    const { value } = focal.negative(at, { gamma: gamma.times(0) });
    const weight = alpha.times(pow(held.p, gamma));
    return { value: weight.times(value), slope: weight.times(at.p) };
  },
  soft(at, { gamma }) {
    const t = pow(at.y, gamma);
    return {
      value: t
        .times(logP(at))
        .plus(one.minus(t).times(logQ(at)))
        .neg(),
      slope: at.p.minus(t),
      slopeScale: t.times(at.q).plus(one.minus(t).times(at.p)),
    };
  },
  tried: { sigmoid: [{}, { gamma: 2, alpha: 0.5 }, { gamma: 0.5 }, { gamma: 3.25, alpha: 0.25 }], softmax: [] },
};
