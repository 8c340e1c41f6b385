/**
 * The algebra every loss is written in. A backend *is* an implementation of these operations: `T` is a number in the
 * reference, a piece of program text in a kernel emitter, LaTeX in the docs, a tensor in a framework.
 *
 * Operations act elementwise and know nothing of shapes, reductions or labels. Each must hold to the accuracy the
 * backend promises over its whole domain: `softplus(-100)` is 3.7e-44, not 0.
 */
export interface Ops<T> {
  /** The smallest positive normal number of the arithmetic, a floor for divisors: 2⁻¹⁰²² in float64, 2⁻¹²⁶ in float32. */
  readonly tiny: number;
  constant(value: number): T;
  /** The number `a` is known to be while the formula is being written down, or undefined. */
  literal(a: T): number | undefined;

  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  neg(a: T): T;
  abs(a: T): T;
  /** −1, 0 or 1. */
  sign(a: T): T;
  max(a: T, b: T): T;
  exp(a: T): T;
  /** The natural logarithm of a > 0. */
  log(a: T): T;
  /** log(1 + a), accurate for small a. */
  log1p(a: T): T;
  /** log(1 + eᵃ), accurate in both tails. */
  softplus(a: T): T;
  /** 1 / (1 + e⁻ᵃ), accurate in both tails. */
  sigmoid(a: T): T;
  /** aᵖ for a ≥ 0 and a parameter p ≥ 0, which never depends on the logit; 0⁰ is 1. */
  pow(a: T, p: T): T;
  /**
   * a·x + b, on its way into `softplus` or `sigmoid`. In their tails an absolute error of the argument is a relative
   * error of the result (half an ulp of 500 is 3e-14), so a backend may carry the rounding error of this one
   * operation along, to be used there.
   */
  affine(a: T, x: T, b: T): T;

  /** `a` where `test` > 0, else `b`: the choice by a sign. Where a test is NaN, `b`. Neither branch may be slow or throw. */
  where(test: T, a: T, b: T): T;
  /** `a` itself, held fixed: its derivative is taken to be 0, as a weight that no gradient flows through. */
  detach(a: T): T;
}

/**
 * What can be computed of a loss: its value, ∂/∂logits, the diagonal of ∂²/∂logits², and the probability that its minimum
 * stands for.
 */
export type Part = 'value' | 'grad' | 'hess' | 'posterior';

/** The arguments of a formula that are fixed for one loss: γ, β, … */
export type Params<T, Name extends string = string> = Readonly<Record<Name, T>>;

/**
 * A member of the family: the loss of one logit `x` and one target `y` in [0, 1].
 *
 * A formula sees neither α, nor weights, nor reductions; those multiply and sum what it returns.
 */
export type Formula<Name extends string = string> = <T>(o: Ops<T>, x: T, y: T, params: Params<T, Name>) => T;
