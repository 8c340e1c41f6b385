import { scalar, type Table, table, tables, tablesOf } from './arrays.ts';
import { carrying, type Scalar } from './carried.ts';
import { jet, type Point } from './dual.ts';
import type { Arguments } from './evaluate.ts';
import { frame } from './frame.ts';
import { type CallOptions, type Layout, layout, weightsOf } from './inputs.ts';
import { checkLoss, type Loss } from './loss.ts';
import { numbers } from './numbers.ts';
import { checkTold, type PosteriorOptions, posteriorLayout, posteriorLogits } from './posterior.ts';
import type { Derivative } from './program.ts';
import { denominatorFor } from './reduction.ts';
import { classesBack, classesLast } from './rows.ts';

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
  /** A number, or one a target for reduction `'none'`, one an example for `'example'`. */
  value: number | Float64Array;
  /**
   * ∂(reduced value)/∂logits, as long as the logits; for `'none'` the derivative of each target's loss, for `'example'` that of
   * each example's sum.
   */
  grad: Float64Array;
}

/** A reduced value, its gradient, and the diagonal of its second derivatives. */
export interface ValueGradHess extends ValueAndGrad {
  /** ∂²(reduced value)/∂logits², as `grad` is. */
  hess: Float64Array;
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
    const at = layout(loss, logits, targets, options);
    const { rows, classes, targetRows } = at;
    const weights = weightsOf(at, options.weights);
    const divide = denominatorFor(loss, at, targets, weights, options.normalizer);
    const parts = frame(
      tablesOf(at),
      loss,
      {
        logits: table(classesLast(logits, at), rows, classes),
        targets: targetRows ? table(classesLast(targets, at), rows, classes) : table(Float64Array.from(targets)),
        targetRows,
        weights: weights && table(Float64Array.from(weights)),
        denominator: scalar(divide),
        alpha: alphaTables(loss, at),
      },
      wants,
    );
    const { value } = parts;
    const ofLogits = (part: Table | undefined) => part && classesBack(full(part, rows * classes), at);
    const singles = loss.reduction === 'none' ? rows : undefined;
    return {
      value:
        value &&
        (singles !== undefined ? full(value, singles) : loss.reduction === 'example' ? value.data : value.data[0]),
      grad: ofLogits(parts.grad),
      hess: ofLogits(parts.hess),
    };
  }

  return {
    /**
     * Value and gradient of `logits` against `targets`.
     *
     * @throws {@link FocalLossError} naming what does not fit.
     */
    valueAndGrad(logits: ArrayLike<number>, targets: ArrayLike<number>, options: CallOptions = {}): ValueAndGrad {
      const { value, grad } = run(logits, targets, options, ['value', 'grad']);
      return { value, grad } as ValueAndGrad;
    },
    /** Value, gradient and the diagonal of the second derivatives; see {@link valueAndGrad}. */
    valueGradHess: (logits: ArrayLike<number>, targets: ArrayLike<number>, options: CallOptions = {}) =>
      run(logits, targets, options, ['value', 'grad', 'hess']) as ValueGradHess,
    /** The reduced value alone; see {@link valueAndGrad}. */
    value: (logits: ArrayLike<number>, targets: ArrayLike<number>, options: CallOptions = {}) =>
      run(logits, targets, options, ['value']).value as ValueAndGrad['value'],
  };
}

/**
 * The probability that a model's logits stand for if it was trained with this loss, in float64: of a target being 1
 * (sigmoid), of each class (softmax). See {@link posteriorLogits}.
 *
 * @returns A function (logits, options?) → probabilities, as long as the logits and laid out as they are.
 * @throws {@link FocalLossError} with the reason, of a loss whose minimum does not tell it.
 *
 * @example
 * ```ts
 * const eta = posterior(sigmoidFocal({ gamma: 2 }));
 * eta([2]); // [0.9954…], where σ(2) is 0.880…
 * ```
 */
export function posterior(loss: Loss): (logits: ArrayLike<number>, options?: PosteriorOptions) => Float64Array {
  checkLoss('posterior', loss);
  checkTold(loss);
  return (logits, given = {}) => {
    const at = posteriorLayout(loss, logits, given);
    const { rows, classes, logit } = at;
    const made = posteriorLogits(tables, loss, {
      logits: table(classesLast(logits, at), rows, classes),
      alpha: alphaTables(loss, at),
    });
    const all = full(made, rows * classes);
    const wanted = logit ? all : all.map(loss.link === 'sigmoid' ? numbers.sigmoid : Math.exp);
    return classesBack(wanted, at);
  };
}

/** The numbers of a list of α, at a softmax one a class, at a sigmoid for each logit that of its class. */
function alphaTables(
  { link, alpha }: Loss,
  { rows, classes, categories }: Pick<Layout, 'rows' | 'classes' | 'categories'>,
): Arguments<Table>['alpha'] {
  if (typeof alpha !== 'object') return undefined;
  if (link === 'softmax') return { classes: table(Float64Array.from(alpha), 1, classes) };
  const { count, inner } = categories;
  const positive = Float64Array.from({ length: rows }, (_, i) => alpha[Math.floor(i / inner) % count]);
  return { positive: table(positive), negative: table(positive.map((own) => 1 - own)) };
}

/** A formula may be a constant, which is one number for all. */
const full = ({ data }: Table, length: number): Float64Array =>
  data.length === length ? data : new Float64Array(length).fill(data[0]);
