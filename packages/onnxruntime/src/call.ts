import {
  type CallOptions,
  checkOptions,
  type Derivative,
  denominator,
  FocalLossError,
  knownDenominator,
  type Layout,
  type Loss,
  layout,
  overlaps,
  tally,
} from '@focal-loss/core';
import type { Dtype, Precision } from '@focal-loss/onnx';
import { checkLogits, type Logits, type NumericArray, numeric, type ResultArray } from './arrays.ts';

/** What can be passed beside logits and targets. */
export interface RunOptions extends Omit<CallOptions, 'weights'> {
  /** One finite weight ≥ 0 for each target, in any array of numbers. */
  readonly weights?: NumericArray | undefined;
}

/** What can be passed to `valueAndGrad`. */
export interface GradOptions<D extends Dtype> extends RunOptions {
  /** Where the gradient is written instead of into a new array. As long as the logits; may not be the logits. */
  readonly grad?: ResultArray<D> | undefined;
}

/** A call that has been looked at. */
export interface CheckedCall extends Layout {
  readonly logits: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  readonly weights: ArrayLike<number> | undefined;
  readonly wants: readonly Derivative[];
  /** What the sum is divided by. */
  readonly divisor: number;
  /** Where the gradient goes, if it is wanted. */
  readonly grad: Float32Array | Float64Array | undefined;
  /**
   * Looks at the targets; absent if that has been done. Where the graph tells the least and the largest of them, it is
   * done only to name the bad one.
   *
   * @throws {@link FocalLossError} naming the index of a bad target.
   */
  readonly look: (() => void) | undefined;
}

const anything = { takes: '', accepts: () => true };
const valueChecks = { shape: anything, weights: anything, normalizer: anything };
const gradChecks = { ...valueChecks, grad: anything };

/**
 * Whether the least and the largest target tell all there is to be known of the targets: then a graph can do the looking
 * in passing.
 */
export const boundsSuffice = ({ link, ignoreIndex }: Loss, weighted: boolean) =>
  link === 'sigmoid' && !weighted && ignoreIndex === undefined;

/** The arrays that results of a precision come in. */
export const resultsOf = (precision: Precision) => (precision === 'float64' ? Float64Array : Float32Array);

/**
 * Looks at all that a call was given.
 *
 * @param boundsKnown Whether the graph has outputs for the least and the largest target, where those suffice.
 * @throws {@link FocalLossError} naming the argument, its length and what was expected, or the index of a bad target.
 */
export function checkCall(
  loss: Loss,
  logits: Logits,
  given: NumericArray,
  options: RunOptions,
  wants: readonly Derivative[],
  precision: Precision,
  boundsKnown: boolean,
): CheckedCall {
  const withGrad = wants.includes('grad');
  const checks = withGrad ? gradChecks : valueChecks;
  const { grad: place, ...rest } = checkOptions(loss.name, options, checks) as GradOptions<Dtype>;
  checkLogits(loss, logits);
  const { rows, classes } = layout(loss, logits as ArrayLike<number>, given, rest);
  const targets = numeric(given);
  const weights = rest.weights === undefined ? undefined : numeric(rest.weights);

  const totals = { count: 0, positives: 0, weights: 0 };
  const look = () => tally(loss, totals, rows, targets, weights, classes);
  const known = knownDenominator(loss, rows, weights !== undefined, rest.normalizer);
  // float64 targets are rounded for the graph: it would take for 1 what is a little more.
  const exact = !(targets instanceof Float64Array && precision === 'float32');
  const inGraph = boundsKnown && known !== undefined && exact && boundsSuffice(loss, weights !== undefined);
  if (!inGraph) look();
  return {
    rows,
    classes,
    logits: logits as ArrayLike<number>,
    targets,
    weights,
    wants,
    divisor: known ?? denominator(loss, totals),
    grad: withGrad ? gradientOf(loss, logits, rows * classes, precision, place) : undefined,
    look: inGraph ? look : undefined,
  };
}

function gradientOf(loss: Loss, logits: Logits, length: number, precision: Precision, given: unknown) {
  const Result = resultsOf(precision);
  if (given === undefined) return new Result(length);
  if (given instanceof Result && given.length === length && !overlaps(given, logits as ArrayLike<unknown>)) {
    return given;
  }
  const takes = `a ${Result.name} with one place a logit, ${length}, in no memory of the logits`;
  throw new FocalLossError(loss.name, [{ field: 'grad', got: given, takes }]);
}
