import { FocalLossError, type Layout, type Loss, overlaps } from '@focal-loss/core';

/** A `Float16Array`, where the runtime has it. */
export interface Float16ArrayLike {
  readonly [Symbol.toStringTag]: 'Float16Array';
  readonly length: number;
  [index: number]: number;
}

/** What logits may come in: typed arrays, views with offsets and on shared memory too, or plain numbers as float64. */
export type Logits = Float32Array | Float64Array | Float16ArrayLike | readonly number[];

/** What a gradient can be written into. */
export type GradArray = Float32Array | Float64Array | Float16ArrayLike;

/** What targets and weights may come in: any array of numbers, also `Uint8Array`, `BigInt64Array`, booleans. */
export type NumericArray = ArrayLike<number | boolean | bigint>;

/** The array results come in: as wide as the logits, but never narrower than float32. */
export type ResultArray<L extends Logits> = L extends Float64Array | readonly number[] ? Float64Array : Float32Array;

/** A result array for `logits`. */
export function resultArray<L extends Logits>(logits: L, length: number): ResultArray<L> {
  const wide = logits instanceof Float64Array || Array.isArray(logits);
  return (wide ? new Float64Array(length) : new Float32Array(length)) as ResultArray<L>;
}

/** A Proxy around one is none, although it is an instance of its constructor: it has no memory. */
function isFloatArray(array: unknown): boolean {
  if (!ArrayBuffer.isView(array)) return false;
  if (array instanceof Float32Array || array instanceof Float64Array) return true;
  return (array as unknown as Float16ArrayLike)[Symbol.toStringTag] === 'Float16Array';
}

/** @throws {@link FocalLossError} unless `got` can be logits. */
export function checkLogits(loss: Loss, got: unknown): void {
  if (isFloatArray(got) || Array.isArray(got)) return;
  const takes = 'a Float32Array, a Float64Array, a Float16Array or an array of numbers';
  throw new FocalLossError(loss.name, [{ field: 'logits', got, takes }]);
}

/**
 * @param field What the caller calls the array.
 * @param inputs What the call reads, block by block: over it a result may lie entry on entry, and not otherwise.
 * @throws {@link FocalLossError} unless one number for each of `length` logits can be written into `got`.
 */
export function checkResult(
  loss: Loss,
  field: 'grad' | 'hess',
  got: GradArray,
  length: number,
  inputs: readonly ArrayLike<unknown>[],
): void {
  const fits = isFloatArray(got) && got.length === length;
  if (fits && !inputs.some((input) => overlaps(got, input) && !samePlace(got, input))) return;
  const takes = fits
    ? 'memory that overlaps no input, or exactly the memory of one'
    : `a Float32Array, a Float64Array or a Float16Array of length ${length}, one per logit`;
  throw new FocalLossError(loss.name, [{ field, got, takes }]);
}

/**
 * @param length How many losses there are; undefined if the call gives one number.
 * @param others The other arrays of the call, beside the logits.
 * @throws {@link FocalLossError} unless the losses of a call can be written into `got`.
 */
export function checkValue(
  loss: Loss,
  got: unknown,
  logits: Logits,
  length: number | undefined,
  others: readonly (ArrayLike<unknown> | undefined)[],
): void {
  const refuse = (takes: string) => new FocalLossError(loss.name, [{ field: 'value', got, takes }]);
  if (length === undefined) throw refuse(`nothing: reduction '${loss.reduction}' gives one number`);
  const kind = resultArray(logits, 0).constructor as Float32ArrayConstructor | Float64ArrayConstructor;
  if (!isFloatArray(got) || !(got instanceof kind) || got.length !== length)
    throw refuse(`a ${kind.name} of length ${length}`);
  if ([logits, ...others].some((other) => other !== undefined && overlaps(got, other))) {
    throw refuse('memory that overlaps no other array of the call');
  }
}

const samePlace = (a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean =>
  ArrayBuffer.isView(a) &&
  ArrayBuffer.isView(b) &&
  a.byteOffset === b.byteOffset &&
  a.byteLength === b.byteLength &&
  a.length === b.length;

const areNumbers = (source: ArrayLike<unknown>): source is Float64Array =>
  ArrayBuffer.isView(source) && !(source instanceof BigInt64Array) && !(source instanceof BigUint64Array);

/** NaN for what is no number. */
export function numberOf(entry: unknown): number {
  const isNumber = typeof entry === 'number' || typeof entry === 'boolean' || typeof entry === 'bigint';
  return isNumber ? Number(entry) : Number.NaN;
}

/** Copies `n` entries of `source` from `first` on into a lane. What is no number becomes NaN, which no target may be. */
export function gather(source: NumericArray, first: number, n: number, lane: Float64Array | Float32Array): void {
  if (areNumbers(source)) lane.set(source.length === n ? source : source.subarray(first, first + n));
  else for (let i = 0; i < n; i++) lane[i] = numberOf(source[first + i]);
}

/** Copies the first `n` entries of a lane into `target` from `first` on, rounding to its type. */
export function scatter(lane: Float64Array | Float32Array, n: number, target: GradArray, first: number): void {
  (target as Float64Array).set(n === lane.length ? lane : lane.subarray(0, n), first);
}

/** How rows of logits lie in an array: [outer, classes, inner], row after row of [outer, inner]. */
export type RowLayout = Pick<Layout, 'classes' | 'inner'>;

/** Copies `n` rows of `source` from row `first` on into a lane, row by row with the classes last; else as {@link gather}. */
export function gatherRows(
  source: NumericArray,
  at: RowLayout,
  first: number,
  n: number,
  lane: Float64Array | Float32Array,
): void {
  const { classes, inner } = at;
  if (inner === 1) gather(source, first * classes, n * classes, lane);
  else
    eachRun(at, first, n, (from, to, length) => {
      if (areNumbers(source)) for (let i = 0; i < length; i++) lane[to + i * classes] = source[from + i];
      else for (let i = 0; i < length; i++) lane[to + i * classes] = numberOf(source[from + i]);
    });
}

/** The way back of {@link gatherRows}. */
export function scatterRows(
  lane: Float64Array | Float32Array,
  at: RowLayout,
  n: number,
  target: GradArray,
  first: number,
): void {
  const { classes, inner } = at;
  if (inner === 1) scatter(lane, n * classes, target, first * classes);
  else
    eachRun(at, first, n, (to, from, length) => {
      for (let i = 0; i < length; i++) target[to + i] = lane[from + i * classes];
    });
}

/** The runs of neighbours in the array that `n` rows are made of: a class of rows beside each other. */
function eachRun(
  { classes, inner }: RowLayout,
  first: number,
  n: number,
  visit: (place: number, inLane: number, length: number) => void,
): void {
  for (let row = first; row < first + n; ) {
    const [outer, inside] = [Math.floor(row / inner), row % inner];
    const length = Math.min(inner - inside, first + n - row);
    for (let c = 0; c < classes; c++) {
      visit((outer * classes + c) * inner + inside, (row - first) * classes + c, length);
    }
    row += length;
  }
}
