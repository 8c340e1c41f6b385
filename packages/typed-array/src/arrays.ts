import { FocalLossError, type Loss, overlaps } from '@focal-loss/core';

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

function isFloatArray(array: unknown): boolean {
  if (array instanceof Float32Array || array instanceof Float64Array) return true;
  return ArrayBuffer.isView(array) && (array as unknown as Float16ArrayLike)[Symbol.toStringTag] === 'Float16Array';
}

/** @throws {@link FocalLossError} unless `got` can be logits. */
export function checkLogits(loss: Loss, got: unknown): void {
  if (isFloatArray(got) || Array.isArray(got)) return;
  const takes = 'a Float32Array, a Float64Array, a Float16Array or an array of numbers';
  throw new FocalLossError(loss.name, [{ field: 'logits', got, takes }]);
}

/**
 * @param inputs What the call reads, block by block: over it a gradient may lie entry on entry, and not otherwise.
 * @throws {@link FocalLossError} unless the gradient of `length` logits can be written into `got`.
 */
export function checkGrad(loss: Loss, got: GradArray, length: number, inputs: readonly ArrayLike<unknown>[]): void {
  const fits = isFloatArray(got) && got.length === length;
  if (fits && !inputs.some((input) => overlaps(got, input) && !samePlace(got, input))) return;
  const takes = fits
    ? 'memory that overlaps no input, or exactly that of one'
    : `a Float32Array, a Float64Array or a Float16Array with one place a logit, ${length}`;
  throw new FocalLossError(loss.name, [{ field: 'grad', got, takes }]);
}

const samePlace = (a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean =>
  ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength;

/** Copies `n` entries of `source` from `first` on into a lane. What is no number becomes NaN, which no target may be. */
export function gather(source: NumericArray, first: number, n: number, lane: Float64Array | Float32Array): void {
  if (ArrayBuffer.isView(source) && !(source instanceof BigInt64Array) && !(source instanceof BigUint64Array)) {
    const numbers = source as unknown as Float64Array;
    lane.set(numbers.length === n ? numbers : numbers.subarray(first, first + n));
    return;
  }
  for (let i = 0; i < n; i++) {
    const entry: unknown = source[first + i];
    const isNumber = typeof entry === 'number' || typeof entry === 'boolean' || typeof entry === 'bigint';
    lane[i] = isNumber ? Number(entry) : Number.NaN;
  }
}

/** Copies the first `n` entries of a lane into `target` from `first` on, rounding to its type. */
export function scatter(lane: Float64Array, n: number, target: GradArray, first: number): void {
  (target as Float64Array).set(n === lane.length ? lane : lane.subarray(0, n), first);
}
