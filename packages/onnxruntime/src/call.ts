import {
  anything,
  type CallOptions,
  checkOptions,
  classesLast,
  type Derivative,
  denominatorFor,
  FocalLossError,
  knownDenominator,
  type Loss,
  layout,
  overlaps,
  placeOf,
  weightsOf,
} from '@focal-loss/core';
import type { Dtype, Precision } from '@focal-loss/onnx';
import { checkLogits, type Logits, type NumericArray, numeric, type ResultArray } from './arrays.ts';

/** What can be passed beside logits and targets. */
export interface RunOptions extends Omit<CallOptions, 'weights'> {
  /** Finite weights ≥ 0, one for each target or such as broadcast, in any array of numbers; see core's `CallOptions`. */
  readonly weights?: NumericArray | undefined;
}

/** What can be passed to `valueAndGrad` and `valueGradHess`. */
export interface GradOptions<D extends Dtype> extends RunOptions {
  /** Where the gradient is written instead of into a new array. As long as the logits; may not be the logits. */
  readonly grad?: ResultArray<D> | undefined;
}

/** A call that has been looked at. Rows lie one after the other, whatever the axis of their classes was. */
export interface CheckedCall {
  readonly rows: number;
  /** 1 at a sigmoid. */
  readonly classes: number;
  /** Whether each class along an axis has an α of its own, at a sigmoid. */
  readonly perClass: boolean;
  /** So many rows belong together: all entries along the axis of a list of α and behind it. Else 1. */
  readonly block: number;
  /** The entries behind each of that axis. */
  readonly inner: number;
  readonly examples: number;
  readonly perExample: number;
  readonly logits: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  /** Whether targets are rows of probabilities, each as long as the row. */
  readonly targetRows: boolean;
  readonly weights: ArrayLike<number> | undefined;
  readonly wants: readonly Derivative[];
  /** What the sum is divided by. */
  readonly divisor: number;
  /** Where the gradient goes, if it is wanted, row by row. */
  readonly grad: Float32Array | Float64Array | undefined;
  /** Where second derivatives go. */
  readonly hess: Float32Array | Float64Array | undefined;
  /** What was computed row by row as the logits came; in `place` if they came otherwise and it is given. */
  readonly laidOut: <A extends Float32Array | Float64Array>(rows: A, place?: A) => A;
  /** The caller's array for the gradient. */
  readonly place: Float32Array | Float64Array | undefined;
  /**
   * Looks at the targets; absent if that has been done. Where the graph tells the least and the largest of them, it is
   * done only to name the bad one.
   *
   * @throws {@link FocalLossError} naming the index of a bad target.
   */
  readonly look: (() => void) | undefined;
}

const valueChecks = {
  shape: anything,
  axis: anything,
  weights: anything,
  weightsShape: anything,
  normalizer: anything,
};
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
 * @param axis Of the classes, where the call does not say it.
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
  axis?: number | undefined,
): CheckedCall {
  const withGrad = wants.includes('grad');
  const checks = withGrad ? gradChecks : valueChecks;
  const { grad: place, ...rest } = checkOptions(loss.name, options, checks) as GradOptions<Dtype>;
  checkLogits(loss, logits);
  const x = logits as ArrayLike<number>;
  const withAxis = rest.shape === undefined || axis === undefined ? rest : { ...rest, axis: rest.axis ?? axis };
  const at = layout(loss, x, given, withAxis);
  const { rows, classes, inner, targetRows, categories, examples, perExample } = at;
  const isList = loss.link === 'sigmoid' && typeof loss.alpha === 'object';
  const targets = numeric(given);
  const weights = rest.weights === undefined ? undefined : weightsOf(at, numeric(rest.weights));

  const look = () => denominatorFor(loss, at, targets, weights);
  const known = knownDenominator(loss, rows, weights !== undefined, rest.normalizer);
  // float64 targets are rounded for the graph: it would take for 1 what is a little more.
  const exact = !(targets instanceof Float64Array && precision === 'float32');
  const inGraph = boundsKnown && known !== undefined && exact && boundsSuffice(loss, weights !== undefined);
  if (known !== undefined && !inGraph) look();
  const byRow = (all: ArrayLike<number>) => (inner === 1 ? all : classesLast(all, at));
  const Result = resultsOf(precision);
  const grad = withGrad ? gradientOf(loss, logits, rows * classes, precision, place) : undefined;
  return {
    rows,
    classes,
    perClass: isList,
    block: isList ? Math.max(categories.count * categories.inner, 1) : 1,
    inner: isList ? categories.inner : 1,
    examples,
    perExample,
    logits: byRow(x),
    targets: targetRows ? byRow(targets) : targets,
    targetRows,
    weights,
    wants,
    divisor: known ?? look(),
    grad: inner === 1 || grad === undefined ? grad : new Result(rows * classes),
    hess: wants.includes('hess') ? new Result(rows * classes) : undefined,
    laidOut: (a, place) => laidOut(a, { classes, inner }, place),
    place: grad,
    look: inGraph ? look : undefined,
  };
}

/** Rows one after the other as [outer, classes, inner]. */
export function laidOut<A extends Float32Array | Float64Array>(
  a: A,
  { classes, inner }: { readonly classes: number; readonly inner: number },
  place?: A,
): A {
  if (inner === 1) return a;
  const to = place ?? (a.slice() as A);
  for (let i = 0; i < a.length; i++) to[placeOf(i, classes, inner)] = a[i];
  return to;
}

function gradientOf(loss: Loss, logits: Logits, length: number, precision: Precision, given: unknown) {
  const Result = resultsOf(precision);
  if (given === undefined) return new Result(length);
  if (given instanceof Result && given.length === length && !overlaps(given, logits as ArrayLike<unknown>)) {
    return given;
  }
  const takes = `a ${Result.name} of length ${length}, one per logit, that shares no memory with the logits`;
  throw new FocalLossError(loss.name, [{ field: 'grad', got: given, takes }]);
}

/** What there is of no entries: of each of so many examples it is 0. */
export function valueOfNothing({ reduction }: Loss, precision: Precision, examples: number) {
  const Result = resultsOf(precision);
  return reduction === 'none' ? new Result(0) : reduction === 'example' ? new Result(examples) : 0;
}
