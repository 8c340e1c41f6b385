import {
  type CallOptions,
  type Checks,
  checkOptions,
  isArray,
  type Loss,
  layout,
  overlaps,
  type Part,
} from '@focal-loss/core';
import { checkGrad, checkLogits, type GradArray, type Logits, type NumericArray, resultArray } from './arrays.ts';

/** What can be passed beside logits and targets. */
export interface RunOptions extends Omit<CallOptions, 'weights'> {
  /** One finite weight ≥ 0 for each target, in any array of numbers. */
  readonly weights?: NumericArray | undefined;
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

/** What an engine notes of the targets it looks at, to be spared a second look. */
export interface Noted {
  /** All targets so far are 0 or 1. */
  hard: boolean;
  /** The first row of the block whose targets still lie in the memory of the engine; −1 if there is none. */
  inMemory: number;
}

/** One call, its arguments checked against each other. */
export interface Call {
  readonly logits: Logits;
  readonly targets: NumericArray;
  readonly weights: NumericArray | undefined;
  readonly rows: number;
  /** 1 at a sigmoid. */
  readonly classes: number;
  /** Where single losses go, for reduction `'none'`. */
  readonly values: Float32Array | Float64Array | undefined;
  readonly wants: readonly Part[];
  /** Where the gradient goes, if it is wanted. */
  readonly grad: GradArray | undefined;
  readonly noted: Noted;
}

const anything = { takes: '', accepts: () => true };
const RUN_OPTIONS: Checks = { shape: anything, weights: anything, normalizer: anything };
const GRAD_OPTIONS: Checks = { ...RUN_OPTIONS, grad: anything };

/** A call's options, each read once. @throws {@link FocalLossError} naming what is no option. */
export function optionsOf<G extends GradArray>(
  loss: Loss,
  given: GradOptions<G> = {},
  wants: readonly Part[],
): GradOptions<G> {
  const checks = wants.includes('grad') ? GRAD_OPTIONS : RUN_OPTIONS;
  const { shape, weights, normalizer, grad } = isPlain(given, checks) ? given : checkOptions(loss.name, given, checks);
  return { shape, weights, normalizer, grad } as GradOptions<G>;
}

/** Whether `checkOptions` would find nothing, in a tenth of the time: calls may be small. */
function isPlain(options: object | null, checks: Checks): options is GradOptions<GradArray> {
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
  wants: readonly Part[],
  grad?: GradArray,
): Call {
  checkLogits(loss, logits);
  const { weights } = options;
  const { rows, classes } = fits(loss, logits, targets, options)
    ? { rows: logits.length, classes: 1 }
    : layout(loss, logits, targets, { shape: options.shape, weights });
  const values = loss.reduction === 'none' ? resultArray(logits, rows) : undefined;
  const noted = { hard: true, inMemory: -1 };
  return { logits, targets, weights, rows, classes, values, wants, grad, noted };
}

/** Whether `layout` would find nothing to say of a sigmoid call, in a tenth of the time. */
function fits(
  { link, alpha }: Loss,
  { length }: Logits,
  targets: NumericArray,
  { shape, weights }: RunOptions,
): boolean {
  const isOf = (array: unknown) => isArray(array) && array.length === length;
  const simple = link === 'sigmoid' && typeof alpha !== 'object' && shape === undefined;
  return simple && isOf(targets) && (weights === undefined || isOf(weights));
}

/** The caller's array for the gradient, checked, or a new one; and whether it lies over what the call reads. */
export function gradFor<G extends GradArray>(
  loss: Loss,
  logits: Logits,
  targets: NumericArray,
  { grad: given, weights }: GradOptions<G>,
): { grad: G; overInputs: boolean } {
  checkLogits(loss, logits);
  const inputs = [logits, targets, weights ?? []];
  const grad = given ?? (resultArray(logits, logits.length) as unknown as G);
  checkGrad(loss, grad, logits.length, inputs);
  return { grad, overInputs: inputs.some((input) => overlaps(grad, input)) };
}
