import {
  alphaProblems,
  anything,
  type CallOptions,
  type Check,
  type Checks,
  checkOptions,
  type Derivative,
  denominatorFor,
  type Extents,
  extentsOf,
  FocalLossError,
  flag,
  knownDenominator,
  type Layout,
  type Loss,
  layout,
  type Problem,
  shapeOf,
  weightsOf,
} from '@focal-loss/core';
import type { SharedResources } from './device.ts';
import type { Ranges } from './dispatch.ts';
import { type BufferRange, collisions, FIELDS, type GivenRanges, type Needs, rangeOf, tooShort } from './ranges.ts';
import { bytesOf, bytesOfTarget, type Dtype, type Targets } from './storage.ts';

/** A call with arrays that has been looked at. */
export interface CheckedArrays extends Layout {
  /** One for each target. */
  readonly weights: ArrayLike<number> | undefined;
  /** 1 / denominator; 0 if there is nothing to divide by. */
  readonly inverse: number;
}

/**
 * Looks at a call with arrays, every number in them too, but those of logits that are numbers by their type.
 *
 * @throws {@link FocalLossError} naming each argument, its length and what was expected, or the index of a bad number.
 */
export function checkArrays(
  loss: Loss,
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  call: CallOptions,
): CheckedArrays {
  const at = layout(loss, logits, targets, call);
  checkNumbers(loss, logits);
  const weights = weightsOf(at, call.weights);
  const divide = denominatorFor(loss, at, targets, weights, call.normalizer);
  return { ...at, weights, inverse: divide === 0 ? 0 : 1 / divide };
}

/** Logits are numbers, and nothing that `Float32Array` would make some of. */
export function checkNumbers({ name }: Loss, logits: ArrayLike<unknown>): void {
  const field = 'logits';
  if (logits instanceof BigInt64Array || logits instanceof BigUint64Array) {
    throw new FocalLossError(name, [{ field, got: logits, takes: 'an array of numbers' }]);
  }
  if (!Array.isArray(logits)) return;
  const index = logits.findIndex((entry) => typeof entry !== 'number');
  if (index >= 0) throw new FocalLossError(name, [{ field, index, got: logits[index], takes: 'a number' }]);
}

/**
 * What {@link WebGpuLoss.encode} reads and writes. All buffers have usage STORAGE; none overlaps one that is written, and derivatives lie
 * in other buffers than what is read, of which WebGPU lets a dispatch write no part.
 */
export interface EncodeOptions {
  /** Logits in the dtype of the compiled loss. */
  readonly logits: BufferRange;
  /**
   * In the format `targets` of the compiled loss, default float32. Sigmoid: one in [0, 1] a logit. Softmax: one class index or
   * place a row, or with {@link targetRows} probabilities that lie as the logits do.
   */
  readonly targets: BufferRange;
  /** Whether targets are rows of probabilities, as long as the logits. Default `false`. */
  readonly targetRows?: boolean | undefined;
  /** float32, one finite weight ≥ 0 a target. */
  readonly weights?: BufferRange | undefined;
  /** Receives ∂(reduced value)/∂logits, in the dtype of the logits. */
  readonly grad?: BufferRange | undefined;
  /** Receives ∂²(reduced value)/∂logits², its diagonal, in float32. */
  readonly hess?: BufferRange | undefined;
  /** Receives the reduced value, one float32; for reduction `'none'` one a target, for `'example'` one an example. */
  readonly value?: BufferRange | undefined;
  /**
   * Of the logits, of any rank. Softmax losses need it, with the classes along {@link axis}: [rows, classes]. For a sigmoid loss the
   * default is all of `logits`. Buffers may be longer than it says.
   */
  readonly shape?: readonly number[] | undefined;
  /** Which axis of `shape` has the classes: 1 for [N, classes, H, W]. Default −1. */
  readonly axis?: number | undefined;
  /**
   * A denominator for reduction `'mean'` instead of the loss's own: a number, or a buffer with one float32, which `countPositives`
   * may have written. In a buffer 0 is 1 for a loss whose own normalizer is `'positives'`, else nothing to average, and what is no
   * number ≥ 0 makes NaN.
   */
  readonly normalizer?: number | BufferRange | undefined;
  /**
   * What value and derivatives are multiplied by beside the denominator: the weight of a loss among others, or the factor of loss
   * scaling. A finite number, or a buffer with one float32. Default 1.
   */
  readonly scale?: number | BufferRange | undefined;
  /**
   * What is added to what its buffer holds, instead of taking its place: `true` for the derivatives, or a list of parts such as
   * `['value', 'grad']`. Default `false`.
   */
  readonly accumulate?: boolean | readonly Derivative[] | undefined;
  /** For the compute pass that is opened in a command encoder. */
  readonly timestampWrites?: GPUComputePassTimestampWrites | undefined;
}

export const PARTS: readonly Derivative[] = ['value', 'grad', 'hess'];

export const TAKES_PARTS: Check = {
  takes: "true, false, or a list of 'value', 'grad' and 'hess'",
  accepts: (given) =>
    typeof given === 'boolean' || (Array.isArray(given) && Array.from(given).every((part) => PARTS.includes(part))),
};

/** The parts that `accumulate` means, in an order of their own, so that equal ones make one text. */
export const partsAdded = (
  accumulate: EncodeOptions['accumulate'],
  wants: readonly Derivative[],
): readonly Derivative[] =>
  accumulate === true
    ? wants.filter((part) => part !== 'value')
    : PARTS.filter((part) => accumulate !== undefined && accumulate !== false && accumulate.includes(part));

export const isTimestampWrites = (given: unknown): boolean =>
  typeof (given as { querySet?: unknown } | null)?.querySet === 'object' &&
  (given as { querySet: unknown }).querySet !== null;

/** They are looked at together with the buffers. */
const OPTIONS: Checks = {
  ...Object.fromEntries([...FIELDS, 'shape', 'axis'].map((field) => [field, anything])),
  targetRows: flag,
  accumulate: TAKES_PARTS,
  timestampWrites: { takes: 'an object with a querySet', accepts: isTimestampWrites },
};

/**
 * What is wrong with options that have nothing to do with buffers.
 *
 * @param divided Whether a buffer has the denominator.
 */
export function optionProblems(
  loss: Loss,
  {
    targetRows = false,
    scale,
    accumulate,
  }: Pick<EncodeOptions, 'targetRows' | 'accumulate'> & { readonly scale?: unknown },
  wants: readonly Derivative[],
  divided: boolean,
): Problem[] {
  const problems: Problem[] = [];
  const bad = (field: string, got: unknown, takes: string) => problems.push({ field, got, takes });
  if (targetRows && (loss.targets !== 'class' || loss.ignoreIndex !== undefined)) {
    bad('targetRows', targetRows, 'false, but of a softmax loss of classes without ignoreIndex');
  }
  if (typeof scale === 'number' && !Number.isFinite(scale)) bad('scale', scale, 'a finite number, or a GPUBuffer');
  if (divided && loss.reduction !== 'mean') bad('normalizer', 'a buffer', `nothing with reduction '${loss.reduction}'`);
  const absent = partsAdded(accumulate, wants).filter((part) => !wants.includes(part));
  if (absent.length > 0) {
    bad('accumulate', accumulate, `parts that are written: there is no buffer for ${absent.join(', ')}`);
  }
  return problems;
}

/** A call with buffers that has been looked at. */
export interface CheckedBuffers extends Extents {
  readonly targetRows: boolean;
  readonly ranges: Ranges;
  readonly wants: readonly Derivative[];
  readonly weighted: boolean;
  /** Undefined where only the GPU will know it. */
  readonly denominator: number | undefined;
  readonly scale: number;
  readonly accumulate: readonly Derivative[];
  readonly timestampWrites: GPUComputePassTimestampWrites | undefined;
}

/**
 * Looks at a call with buffers.
 *
 * @returns It, and how many bytes of each buffer it takes.
 * @throws {@link FocalLossError} naming each buffer that will not do, and why.
 */
export function checkBuffers(
  { capacity }: SharedResources,
  loss: Loss,
  { dtype, targets: format }: { readonly dtype: Dtype; readonly targets: Targets },
  given: EncodeOptions,
  problems: Problem[] = [],
): CheckedBuffers & { readonly needs: Needs } {
  const bad = (field: string, got: unknown, takes: string) => problems.push({ field, got, takes });
  const options = checkOptions(loss.name, given, OPTIONS, problems) as unknown as EncodeOptions;
  const { shape, axis, targetRows = false, accumulate = false, timestampWrites } = options;
  const { normalizer, scale = 1 } = options;
  if (options.value === undefined && options.grad === undefined && options.hess === undefined) {
    bad('value', undefined, 'a buffer, unless grad or hess is given: otherwise there is nothing to compute');
  }
  const wants = PARTS.filter((part) => options[part] !== undefined);
  const added = partsAdded(accumulate, wants);
  problems.push(...optionProblems(loss, options, wants, typeof normalizer === 'object'));
  const ranges: GivenRanges = {};
  for (const field of FIELDS) {
    const given = options[field];
    if (given === undefined && field !== 'logits' && field !== 'targets') continue;
    if (typeof given === 'number' && (field === 'normalizer' || field === 'scale')) continue;
    const range = rangeOf(field, given as BufferRange | undefined, capacity, bad);
    if (range !== undefined) ranges[field] = range;
  }
  const bytes = bytesOf(dtype);
  const sizes = guarded(problems, () => shapeOf(loss, (ranges.logits?.size ?? 0) / bytes, shape, axis));
  if (problems.length > 0 || sizes === undefined) throw new FocalLossError(loss.name, problems);

  const lying = extentsOf(loss, sizes);
  const { rows, classes, examples } = lying;
  const needs: Needs = {
    logits: rows * classes * bytes,
    targets: rows * bytesOfTarget(format) * (targetRows ? classes : 1),
    weights: rows * 4,
    normalizer: 4,
    scale: 4,
    grad: rows * classes * bytes,
    hess: rows * classes * 4,
    value: 4 * (loss.reduction === 'none' ? rows : loss.reduction === 'example' ? examples : 1),
  };
  for (const [field, range, need] of tooShort(ranges, needs))
    bad(field, `${range.size} bytes`, `${need} bytes or more`);
  problems.push(...alphaProblems(loss, lying.categories.count, shape !== undefined));
  for (const { written, got, takes } of collisions(ranges, needs, loss.reduction === 'none')) bad(written, got, takes);
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);
  const weighted = ranges.weights !== undefined;
  const number = typeof normalizer === 'number' ? normalizer : undefined;
  const denominator = knownDenominator(loss, rows, weighted, number);
  // Nothing at all is 0, whatever it is divided by.
  if (rows === 0) for (const field of ['normalizer', 'scale'] as const) delete ranges[field];
  return {
    ranges: ranges as Ranges,
    needs,
    ...lying,
    targetRows,
    wants,
    weighted,
    denominator: rows === 0 ? (denominator ?? 0) : denominator,
    scale: typeof scale === 'number' ? scale : 1,
    accumulate: added,
    timestampWrites,
  };
}

/** What is made, or undefined with its problems among the others. */
function guarded<R>(problems: Problem[], make: () => R): R | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof FocalLossError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}
