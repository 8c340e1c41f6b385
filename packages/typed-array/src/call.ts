import {
  anything,
  type CallOptions,
  type Checks,
  callOptions,
  checkOptions,
  type Derivative,
  FocalLossError,
  isArray,
  type Layout,
  type Loss,
  layout,
  overlaps,
  weightsOf,
} from '@focal-loss/core';
import {
  checkLogits,
  checkResult,
  checkValue,
  type GradArray,
  gather,
  type Logits,
  type NumericArray,
  resultArray,
} from './arrays.ts';
import { checkMemory, type Places, placesOf } from './memory/owners.ts';
import { readOnce } from './once.ts';

/** What can be passed beside logits and targets. */
export interface RunOptions extends Omit<CallOptions, 'weights'> {
  /**
   * Finite weights ≥ 0 in any array of numbers: one for each target, or fewer that broadcast to the targets' shape as NumPy's
   * do, with `weightsShape` where that is not clear.
   */
  readonly weights?: NumericArray | undefined;
  /**
   * Where the losses of reduction `'none'`, or the sums of `'example'`, are written instead of into a new array; as long, and of the
   * kind that would be. May share memory with no other array of the call.
   */
  readonly value?: Float32Array | Float64Array | undefined;
}

/** What can be passed to `valueAndGrad`. */
export interface GradOptions<G extends GradArray> extends RunOptions {
  /**
   * Where the gradient is written, in that array's own precision, instead of into a new array. As long as the logits;
   * may be the logits. After an error it may hold the gradients of entries before the bad one, unless it shares memory
   * with an input.
   */
  readonly grad?: G | undefined;
}

/** What can be passed to `valueGradHess`. */
export interface HessOptions<G extends GradArray, H extends GradArray> extends GradOptions<G> {
  /** As `grad`, for the second derivatives; may not share memory with `grad`. */
  readonly hess?: H | undefined;
}

/** What an engine notes of the targets it looks at, to be spared a second look. */
export interface Noted {
  /** All targets so far are 0 or 1. */
  hard: boolean;
  /** The first row of the block whose targets still lie in the memory of the engine; −1 if there is none. */
  inMemory: number;
}

/** One call, its arguments checked against each other. */
export interface Call extends Omit<Layout, 'weightSteps' | 'plainWeights' | 'examples'> {
  /** At a softmax [outer, classes, inner]. */
  readonly logits: Logits;
  /** One for each row; or rows of probabilities that lie as the logits do. */
  readonly targets: NumericArray;
  /** One for each row. */
  readonly weights: NumericArray | undefined;
  /** Which row of the caller's is the first: 0 but in a thread that has a part of them. */
  readonly start: number;
  /** Where losses of their own go: one for each row, or for reduction `'example'` one for each example. */
  readonly values: Float32Array | Float64Array | undefined;
  /** For reduction `'example'`: what each block has of each example, one after the other. */
  readonly examples: number[] | undefined;
  readonly wants: readonly Derivative[];
  /** Where the gradient goes, if it is wanted. */
  readonly grad: GradArray | undefined;
  readonly hess: GradArray | undefined;
  readonly noted: Noted;
  /** Where all that is read lies in one memory of the kernels: where that is. */
  readonly places: Places | undefined;
}

/** What a call takes, by how much it wants. */
const checksOf = (...more: string[]): Checks =>
  Object.fromEntries([...callOptions, 'value', ...more].map((field) => [field, anything]));
const CHECKS = [checksOf(), checksOf('grad'), checksOf('grad', 'hess')];

/** A call's options, each read once. @throws {@link FocalLossError} naming what is no option. */
export function optionsOf<G extends GradArray, H extends GradArray>(
  loss: Loss,
  given: HessOptions<G, H> = {},
  wants: readonly Derivative[],
): HessOptions<G, H> {
  const checks = CHECKS[wants.length - 1];
  const { shape, axis, weights, weightsShape, normalizer, value, grad, hess } = isPlain(given, checks)
    ? given
    : (checkOptions(loss.name, given, checks) as HessOptions<G, H>);
  return { shape: listed(shape), axis, weights, weightsShape: listed(weightsShape), normalizer, value, grad, hess };
}

const listed = (sizes: readonly number[] | undefined) => (Array.isArray(sizes) ? [...sizes] : sizes);

/** Whether `checkOptions` would find nothing, in a tenth of the time: calls may be small. */
function isPlain(options: object | null, checks: Checks): boolean {
  if (options === null || Object.getPrototypeOf(options) !== Object.prototype) return false;
  for (const field in options) if (!Object.hasOwn(checks, field)) return false;
  return true;
}

/** @throws {@link FocalLossError} naming each argument that does not fit the others. */
export function checkCall(
  loss: Loss,
  logits: Logits,
  targets: NumericArray,
  options: RunOptions,
  wants: readonly Derivative[],
  { grad, hess, overInputs = false }: Partial<Results> = {},
): Call {
  checkLogits(loss, logits);
  const { value } = options;
  // With results these have been looked at before.
  if (grad === undefined) checkMemory(loss.name, { logits, targets, weights: options.weights, value });
  const places = placesOf({ logits, targets, weights: options.weights, grad, hess, value }, overInputs);
  const { shape, axis, weights, weightsShape } = options;
  const at = fits(loss, logits, targets, options)
    ? plainLayout(logits.length)
    : layout(loss, logits, targets, { shape, axis, weights, weightsShape });
  const { rows, classes, inner, categories, examples, perExample, targetRows } = at;
  const { reduction } = loss;
  const count = reduction === 'none' ? rows : examples;
  const isReduced = reduction !== 'none' && reduction !== 'example';
  if (value !== undefined) {
    checkValue(loss, value, logits, isReduced ? undefined : count, [targets, weights, grad, hess]);
  }
  const values = isReduced ? undefined : (value ?? resultArray(logits, count));
  const read = readOnce(loss.name, { logits, targets, weights, grad, hess, value });
  return {
    logits: read.logits,
    targets: read.targets,
    weights: read.weights && (at.plainWeights ? read.weights : broadcast(at, read.weights)),
    rows,
    classes,
    inner,
    categories,
    perExample,
    targetRows,
    start: 0,
    values,
    // Of a target each there is nothing to add up.
    examples: reduction === 'example' && perExample !== 1 ? [] : undefined,
    wants,
    grad,
    hess,
    noted: { hard: true, inMemory: -1 },
    places: places && (at.plainWeights ? places : { ...places, weights: 0 }),
  };
}

/** Whether `layout` would find nothing to say of a sigmoid call, in a tenth of the time. */
function fits(
  { link, alpha }: Loss,
  { length }: Logits,
  targets: NumericArray,
  { shape, axis, weights, weightsShape }: RunOptions,
): boolean {
  const isOf = (array: unknown) => isArray(array) && array.length === length;
  const simple = link === 'sigmoid' && typeof alpha !== 'object' && (shape ?? axis ?? weightsShape) === undefined;
  return simple && isOf(targets) && (weights === undefined || isOf(weights));
}

const plainLayout = (rows: number): Layout => ({
  rows,
  classes: 1,
  inner: 1,
  categories: { count: rows, inner: 1 },
  examples: rows,
  perExample: 1,
  targetRows: false,
  weightSteps: [],
  plainWeights: true,
});

/** One weight for each target. */
function broadcast(at: Layout, weights: NumericArray): NumericArray | undefined {
  const numbers = new Float64Array(weights.length);
  gather(weights, 0, weights.length, numbers);
  return weightsOf(at, numbers);
}

/** Where what a call makes for each logit is written. */
export interface Results {
  readonly grad: GradArray;
  readonly hess: GradArray | undefined;
  /** One lies over what the call reads, which stays whole if it fails. */
  readonly overInputs: boolean;
}

/**
 * The caller's arrays for what is wanted, checked, or new ones; and whether one lies over what the call reads.
 *
 * @throws {@link FocalLossError} naming an array that is none, too short, or in the way of another.
 */
export function resultsFor<G extends GradArray, H extends GradArray>(
  loss: Loss,
  logits: Logits,
  targets: NumericArray,
  options: HessOptions<G, H>,
  wants: readonly Derivative[],
): { grad: G; hess: H | undefined; overInputs: boolean } {
  checkLogits(loss, logits);
  const { weights, value } = options;
  checkMemory(loss.name, { logits, targets, weights, value, grad: options.grad, hess: options.hess });
  const inputs = [logits, targets, options.weights ?? []];
  const make = <A extends GradArray>(field: 'grad' | 'hess'): A => {
    const array = (options[field] ?? resultArray(logits, logits.length)) as A;
    checkResult(loss, field, array, logits.length, inputs);
    return array;
  };
  const grad = make<G>('grad');
  const hess = wants.includes('hess') ? make<H>('hess') : undefined;
  if (hess !== undefined && overlaps(hess, grad)) {
    const takes = 'memory that overlaps neither the gradient nor, but for exactly the memory of one, an input';
    throw new FocalLossError(loss.name, [{ field: 'hess', got: hess, takes }]);
  }
  const isOver = (array: GradArray | undefined) =>
    array !== undefined && inputs.some((input) => overlaps(array, input));
  return { grad, hess, overInputs: isOver(grad) || isOver(hess) };
}
