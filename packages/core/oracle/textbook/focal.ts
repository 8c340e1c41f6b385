import { type Decimal, one, pow, zero } from '../decimal.ts';
import { apart, type Definition, expected, logP, logQ } from './definition.ts';

/** Of each γ. The paper's range is [0.5, 5]; below 1 the schoolbook gradient divides by zero. */
const gammas = (...values: readonly number[]) => values.map((gamma) => ({ gamma }));

/** p log p, which tends to 0 with p. */
const entropy = (p: Decimal, log: Decimal) => (p.isZero() ? zero : p.times(log));

/** Paper eq. 4: FL = −(1 − p_t)^γ log p_t, dFL/dx_t = (1 − p_t)^γ (γ p_t log p_t + p_t − 1) (eq. 10). */
export const focal: Definition = {
  positive(at, { gamma }) {
    const { p, q } = at;
    const [log, modulator] = [logP(at), pow(q, gamma)];
    return { value: modulator.times(log).neg(), slope: modulator.times(gamma.times(entropy(p, log)).minus(q)) };
  },
  /** p_t = q, and the derivative by x is minus that by x_t. */
  negative(at, { gamma }) {
    const { p, q } = at;
    const [log, modulator] = [logQ(at), pow(p, gamma)];
    return { value: modulator.times(log).neg(), slope: modulator.times(p.minus(gamma.times(entropy(q, log)))) };
  },
  /** 1 − p_t becomes its expectation 1 − (y p + (1−y) q), whose derivative is (1 − 2y) p q. */
  soft(at, { gamma }) {
    const { p, q, y } = at;
    const loss = expected(at);
    const miss = one.minus(y.times(p).plus(one.minus(y).times(q)));
    const modulator = pow(miss, gamma);
    const sensitivity = gamma
      .times(pow(miss, gamma.minus(1)))
      .times(p)
      .times(q)
      .times(loss);
    return {
      value: modulator.times(loss),
      slope: sensitivity.times(one.minus(y.times(2))).plus(modulator.times(p.minus(y))),
      slopeScale: sensitivity.plus(modulator.times(apart(at))),
    };
  },
  tried: { sigmoid: gammas(0, 0.1, 0.5, 0.9, 1, 1.5, 2, 3, 5), softmax: gammas(0, 0.5, 1, 2, 5) },
  balanced: { sigmoid: gammas(0.5, 2) },
};
