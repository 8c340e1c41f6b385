import { type Decimal, exp, ln, one, pow, zero } from './decimal.ts';

/**
 * The members as the literature defines them: p, p_t, log p, and the derivatives of the paper's appendix B.
 *
 * Nothing here is written to be computed with few digits; `1 - p` is fine when there are enough of them. That makes it
 * independent of the formulas of the library, which contain neither p_t nor log p.
 */
export interface Definition {
  /** Hard labels, and softmax: a function of the true class only. `slope` is the derivative by its logit x_t. */
  hard(truth: TrueClass, params: Params): Point;
  /** A soft label 0 < y < 1. `slope` is the derivative by x. */
  soft(label: SoftLabel, params: Params): Point;
  /** The power of 1 − p_t that the loss of an easy example goes with; 1 if absent. Decides how many digits it takes. */
  steepness?(params: Readonly<Record<string, number>>): number;
}

/** The logit x_t of the true class and its probability p_t. */
export interface TrueClass {
  readonly x: Decimal;
  readonly p: Decimal;
}

/** A logit, its label, p = σ(x), and q = 1 − p. */
export interface SoftLabel {
  readonly x: Decimal;
  readonly y: Decimal;
  readonly p: Decimal;
  readonly q: Decimal;
}

/** A loss and its derivative; the scales are the sums of the absolute values of the terms, where they differ. */
export interface Point {
  readonly value: Decimal;
  readonly slope: Decimal;
  readonly valueScale?: Decimal;
  readonly slopeScale?: Decimal;
}

export type Params = Readonly<Record<string, Decimal>>;

/** p = 1 / (1 + e⁻ˣ). */
export const probability = (x: Decimal): Decimal => one.div(one.plus(exp(x.neg())));

/** log p. Where p vanishes in all digits, log p = x − log(1 + eˣ) is x. */
const log = ({ x, p }: TrueClass) => (p.isZero() ? x : ln(p));

/** Paper eq. 1: CE = −log p_t, dCE/dx_t = p_t − 1 (eq. 9). */
export const crossEntropy: Definition = {
  hard: (truth) => ({ value: log(truth).neg(), slope: truth.p.minus(1) }),
  soft: (label) => ({ value: expected(label), slope: label.p.minus(label.y), slopeScale: apart(label) }),
};

/** Paper eq. 4: FL = −(1 − p_t)^γ log p_t, dFL/dx_t = (1 − p_t)^γ (γ p_t log p_t + p_t − 1) (eq. 10). */
export const focal: Definition = {
  hard(truth, { gamma }) {
    const { p } = truth;
    const logP = log(truth);
    const modulator = pow(one.minus(p), gamma);
    // p log p tends to 0 with p.
    const entropy = p.isZero() ? zero : p.times(logP);
    return {
      value: modulator.times(logP).neg(),
      slope: modulator.times(gamma.times(entropy).plus(p).minus(1)),
    };
  },
  /** 1 − p_t becomes its expectation 1 − (y p + (1−y) q), whose derivative is (1 − 2y) p q. */
  soft(label, { gamma }) {
    const { p, q, y } = label;
    const loss = expected(label);
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
      slopeScale: sensitivity.plus(modulator.times(apart(label))),
    };
  },
};

/** Paper eq. 7 and 8: FL* = −log(p_t*) / γ with p_t* = σ(γ x_t + β), dFL* / dx_t = p_t* − 1 (eq. 11). */
export const focalStar: Definition = {
  hard(truth, { gamma, beta }) {
    const x = gamma.times(truth.x).plus(beta);
    const p = probability(x);
    return { value: log({ x, p }).neg().div(gamma), slope: p.minus(1) };
  },
  /** x_t = (2y − 1) x, which is ±x for hard labels. */
  soft({ x, y, p }, params) {
    const side = y.times(2).minus(1);
    const { value, slope } = focalStar.hard({ x: side.times(x), p }, params);
    return { value, slope: side.times(slope) };
  },
  steepness: ({ gamma }) => gamma,
};

/** Li et al. 2020, eq. 3: QFL = |y − p|^β CE. With a hard label |y − p| = 1 − p_t: the focal loss of γ = β. */
export const qualityFocal: Definition = {
  hard: (truth, { beta }) => focal.hard(truth, { gamma: beta }),
  soft(label, { beta }) {
    const { p, q, y } = label;
    const loss = expected(label);
    const distance = y.minus(p);
    const terms = apart(label);
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
};

/** The cross-entropy of a soft label: −y log p − (1−y) log(1−p). */
const expected = ({ x, y, p, q }: SoftLabel) =>
  y
    .times(log({ x, p }))
    .plus(one.minus(y).times(log({ x: x.neg(), p: q })))
    .neg();

/** The difference y − p = y q − (1−y) p with its two terms added instead. */
const apart = ({ y, p, q }: SoftLabel) => y.times(q).plus(one.minus(y).times(p));
