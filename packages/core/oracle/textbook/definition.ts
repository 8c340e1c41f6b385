import { type Decimal, exp, ln, one } from '../decimal.ts';

/**
 * A member as the literature defines it: p, p_t, log p, and the derivatives of the paper's appendix B, for each label.
 *
 * Nothing in this folder is written to be computed with few digits; `1 - p` is fine when there are enough of them. That
 * makes it independent of the formulas of the library, which contain neither p_t nor log p. What core says of a member,
 * its key, links and parameters, decides what is asked, and never what is answered.
 */
export interface Definition {
  /**
   * Label 1; at a softmax the true class, whose logit is x_t.
   *
   * @param held The logit at which weights that are held fixed are taken: the same, but while a derivative is being
   *   confirmed.
   */
  positive(at: Logit, params: Params, held?: Logit): Point;
  /** Label 0. */
  negative(at: Logit, params: Params, held?: Logit): Point;
  /** A label 0 < y < 1. */
  soft(at: Labelled, params: Params, held?: Logit): Point;
  /** The power of 1 − p_t that the loss of an easy example goes with; 1 if absent. Decides how many digits it takes. */
  steepness?(params: Setting): number;
  /** What is added to a logit before that; 0 if absent. */
  shift?(params: Setting): number;
  /**
   * How the loss falls to 0 at p = y, if it does: to a `'smooth'` minimum or one without a slope worth a digit beside it,
   * a `'cusp'`. Decides which soft labels are asked about.
   */
  zeroAtLabel?(params: Setting): 'smooth' | 'cusp';
  /** What normalizer 'positives' counts; the sum of the targets if absent. */
  readonly positives?: 'ones';
  /** The settings of the parameters that each link is asked about. */
  readonly tried: Readonly<Record<'sigmoid' | 'softmax', readonly Setting[]>>;
  /** Those that are asked about with α as well. Default: the parameters' defaults. */
  readonly balanced?: Partial<Definition['tried']>;
}

/** A logit x, p = σ(x) and q = 1 − p. */
export interface Logit {
  readonly x: Decimal;
  readonly p: Decimal;
  readonly q: Decimal;
}

/** A logit and its label. */
export interface Labelled extends Logit {
  readonly y: Decimal;
}

/** A loss and its derivative by x; the scales are the sums of the absolute values of the terms, where they differ. */
export interface Point {
  readonly value: Decimal;
  readonly slope: Decimal;
  readonly valueScale?: Decimal;
  readonly slopeScale?: Decimal;
}

export type Params = Readonly<Record<string, Decimal>>;

/** The numbers of a member's parameters; of a switch, whether it is on. */
export type Setting = Readonly<Record<string, number | boolean>>;

/** p = 1 / (1 + e⁻ˣ). */
export const probability = (x: Decimal): Decimal => one.div(one.plus(exp(x.neg())));

/** log p. Where p vanishes in all digits, log p = x − log(1 + eˣ) is x. */
export const logP = ({ x, p }: Logit): Decimal => (p.isZero() ? x : ln(p));

/** log(1 − p). Where that vanishes in all digits, log q = −x − log(1 + e⁻ˣ) is −x. */
export const logQ = ({ x, q }: Logit): Decimal => (q.isZero() ? x.neg() : ln(q));

/** The cross-entropy of a soft label: −y log p − (1−y) log(1−p). */
export const expected = (at: Labelled): Decimal =>
  at.y
    .times(logP(at))
    .plus(one.minus(at.y).times(logQ(at)))
    .neg();

/** The difference y − p = y q − (1−y) p with its two terms added instead. */
export const apart = ({ y, p, q }: Labelled): Decimal => y.times(q).plus(one.minus(y).times(p));
