import { differentiate, type Point } from './dual.ts';
import { type CallOptions, layout } from './inputs.ts';
import type { Loss } from './loss.ts';
import type { Ops } from './ops.ts';
import { accumulator, denominator, scaleOf, tally } from './reduction.ts';
import { margin } from './softmax.ts';

/** The algebra on float64 numbers. */
export const numbers: Ops<number> = {
  tiny: 2 ** -1022,
  constant: (value) => value,
  literal: (a) => a,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  abs: Math.abs,
  sign: Math.sign,
  max: Math.max,
  exp: Math.exp,
  log1p: Math.log1p,
  softplus: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  sigmoid(a) {
    const e = Math.exp(-Math.abs(a));
    return (a < 0 ? e : 1) / (1 + e);
  },
  pow: (a, p) => a ** p,
  affine: (a, x, b) => a * x + b,
};

/**
 * The loss of single entries in float64: (x, y) ↦ value and ∂/∂x, before α, weights and reduction. At x = ±∞ it is the
 * limit: the value at the largest finite number, or ∞ if it still grows there.
 */
export function pointwise({ formula, params }: Loss): (x: number, y: number) => Point<number> {
  const at = differentiate(formula, numbers, params);
  return (x, y) => {
    if (Math.abs(x) !== Infinity) return at(x, y);
    const end = Math.sign(x) * Number.MAX_VALUE;
    const { value, derivative } = at(end, y);
    const before = at(end / 2, y).value;
    return { value: value === before ? value : (value - before) * Infinity, derivative };
  };
}

/** A reduced value and its gradient. */
export interface ValueAndGrad {
  /** A number, or one a target for reduction `'none'`. */
  value: number | Float64Array;
  /** ∂(reduced value)/∂logits; for `'none'` the elementwise derivative. As long as the logits. */
  grad: Float64Array;
}

/** Evaluates a loss in float64, one element after the other: short enough to be checked by eye, and no faster. */
export function reference(loss: Loss) {
  const point = pointwise(loss);

  /**
   * Value and gradient of `logits` against `targets`.
   *
   * @throws {@link FocalLossError} naming what does not fit.
   */
  function valueAndGrad(
    logits: ArrayLike<number>,
    targets: ArrayLike<number>,
    options: CallOptions = {},
  ): ValueAndGrad {
    const { rows, classes } = layout(loss, logits, targets, options);
    const { weights, normalizer } = options;
    const totals = { count: 0, positives: 0, weights: 0 };
    tally(loss, totals, rows, targets, weights, classes);
    const divisor = denominator(loss, totals, normalizer);

    const values = new Float64Array(rows);
    const grad = new Float64Array(rows * classes);
    const others = new Float64Array(rows * classes);
    for (let i = 0; i < rows; i++) {
      const scale = divisor === 0 ? 0 : scaleOf(loss, targets[i], weights?.[i]) / divisor;
      // A factor of 0 silences an entry whatever its logit, and even if that is NaN.
      const times = (factor: number) => (scale === 0 ? 0 : scale * factor);
      if (loss.link === 'sigmoid') {
        const { value, derivative } = point(logits[i], targets[i]);
        values[i] = times(value);
        grad[i] = times(derivative);
      } else {
        const target = targets[i] === loss.ignoreIndex ? 0 : targets[i];
        const { value, derivative } = point(margin(logits, i * classes, classes, target, others).z, 1);
        values[i] = times(value);
        for (let k = i * classes; k < (i + 1) * classes; k++) grad[k] = times(-others[k] * derivative);
        grad[i * classes + target] = times(derivative);
      }
    }
    const total = accumulator();
    for (const value of values) total.add(value);
    return { value: loss.reduction === 'none' ? values : total.total(), grad };
  }

  return {
    valueAndGrad,
    /** The reduced value alone; see {@link valueAndGrad}. */
    value: (logits: ArrayLike<number>, targets: ArrayLike<number>, options: CallOptions = {}) =>
      valueAndGrad(logits, targets, options).value,
  };
}
