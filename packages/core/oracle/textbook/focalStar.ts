import { type Decimal, one } from '../decimal.ts';
import { type Definition, logP, type Params, type Point, probability } from './definition.ts';

/** −log(p*) / γ at the margin z, with p* = σ(γz + β). Its derivative by the margin is p* − 1 (eq. 11). */
function atMargin(z: Decimal, { gamma, beta }: Params): Point {
  const x = gamma.times(z).plus(beta);
  const p = probability(x);
  return {
    value: logP({ x, p, q: one.minus(p) })
      .neg()
      .div(gamma),
    slope: p.minus(1),
  };
}

/** By x, where the margin is `side` times x. */
function atSide(side: Decimal, x: Decimal, params: Params): Point {
  const { value, slope } = atMargin(side.times(x), params);
  return { value, slope: side.times(slope) };
}

const pairs = (...values: readonly (readonly [number, number])[]) => values.map(([gamma, beta]) => ({ gamma, beta }));

/** Paper eq. 7 and 8: FL* = −log(p_t*) / γ with p_t* = σ(γ x_t + β). */
export const focalStar: Definition = {
  positive: ({ x }, params) => atSide(one, x, params),
  negative: ({ x }, params) => atSide(one.neg(), x, params),
  /** x_t = (2y − 1) x, which is ±x for hard labels. */
  soft: ({ x, y }, params) => atSide(y.times(2).minus(1), x, params),
  steepness: ({ gamma }) => Number(gamma),
  shift: ({ beta }) => Math.abs(Number(beta)),
  // The first two pairs are those the paper plots.
  tried: {
    sigmoid: pairs([2, 1], [4, 0], [1, 0], [0.5, -1], [5, 3], [1.5, 1]),
    softmax: pairs([2, 1], [0.5, -1]),
  },
};
