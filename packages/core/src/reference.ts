import { scalar, type Table, table, tables } from './arrays.ts';
import { carrying, type Scalar } from './carried.ts';
import { jet, type Point } from './dual.ts';
import { frame } from './frame.ts';
import { type CallOptions, layout } from './inputs.ts';
import { checkLoss, type Loss } from './loss.ts';
import type { Derivative } from './program.ts';
import { denominator, tally } from './reduction.ts';

/**
 * The loss of single entries in float64: (x, y) ↦ value and ∂/∂x, before α, weights and reduction. Beyond ±2⁵⁰⁰ it is
 * continued along its slope, which at ±∞ gives the limit.
 */
export function pointwise({ formula, params }: Loss): (x: number, y: number) => Point<number> {
  const at = jet<Scalar>(formula, carrying, params, 1);
  const { far } = tables;
  return (x, y) => {
    const near = x > far ? far : x < -far ? -far : x;
    const [value, derivative] = at(near, y) as number[];
    return { value: near === x || derivative === 0 ? value : value + derivative * (x - near), derivative };
  };
}

/** A reduced value and its gradient. */
export interface ValueAndGrad {
  /** A number, or one a target for reduction `'none'`. */
  value: number | Float64Array;
  /** ∂(reduced value)/∂logits; for `'none'` the elementwise derivative. As long as the logits. */
  grad: Float64Array;
}

/**
 * Evaluates a loss in float64: the {@link frame} over tables of numbers, short enough to be checked by eye, and no
 * faster.
 */
export function reference(loss: Loss) {
  checkLoss('reference', loss);
  function run(
    logits: ArrayLike<number>,
    targets: ArrayLike<number>,
    options: CallOptions,
    wants: readonly Derivative[],
  ) {
    const { rows, classes } = layout(loss, logits, targets, options);
    const { weights, normalizer } = options;
    const totals = { count: 0, positives: 0, weights: 0 };
    tally(loss, totals, rows, targets, weights, classes);
    const { value, grad } = frame(
      tables,
      loss,
      {
        logits: table(Float64Array.from(logits), rows, classes),
        targets: table(Float64Array.from(targets)),
        weights: weights && table(Float64Array.from(weights)),
        denominator: scalar(denominator(loss, totals, normalizer)),
        alpha: Array.isArray(loss.alpha) ? { classes: table(Float64Array.from(loss.alpha), 1, classes) } : undefined,
      },
      wants,
    );
    return {
      value: value && (loss.reduction === 'none' ? full(value, rows) : value.data[0]),
      grad: grad && full(grad, rows * classes),
    };
  }

  return {
    /**
     * Value and gradient of `logits` against `targets`.
     *
     * @throws {@link FocalLossError} naming what does not fit.
     */
    valueAndGrad: (logits: ArrayLike<number>, targets: ArrayLike<number>, options: CallOptions = {}) =>
      run(logits, targets, options, ['value', 'grad']) as ValueAndGrad,
    /** The reduced value alone; see {@link valueAndGrad}. */
    value: (logits: ArrayLike<number>, targets: ArrayLike<number>, options: CallOptions = {}) =>
      run(logits, targets, options, ['value']).value as ValueAndGrad['value'],
  };
}

/** A formula may be a constant, which is one number for all. */
const full = ({ data }: Table, length: number): Float64Array =>
  data.length === length ? data : new Float64Array(length).fill(data[0]);
