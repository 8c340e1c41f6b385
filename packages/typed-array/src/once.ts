import { FocalLossError } from '@focal-loss/core';
import { type Logits, type NumericArray, numberOf } from './arrays.ts';
import { type Arrays, checkMemory } from './memory/owners.ts';

/** What a call reads, and nobody changes any more. */
interface Read {
  readonly logits: Logits;
  readonly targets: NumericArray;
  readonly weights: NumericArray | undefined;
}

/**
 * Copies arrays of a call that have no numbers or no memory of their own, before anything is computed: all engines and threads see the
 * same kinds. Entries of plain ones may be getters, or they a Proxy, and so code of the caller's: which may give another number
 * the second time, make another call in the midst of this one, or take memory away from the other arrays.
 *
 * @throws {@link FocalLossError} if another array has been changed in this way, naming one whose memory is gone.
 */
export function readOnce(who: string, arrays: Partial<Arrays> & Read): Read {
  const { logits, targets, weights } = arrays;
  if (!isForeign(logits) && !isForeign(targets) && !isForeign(weights)) return arrays;
  const before = lengthsOf(arrays);
  const read = { logits: numbers(logits) as Logits, targets: labels(targets), weights: weights && numbers(weights) };
  checkMemory(who, arrays);
  if (lengthsOf(arrays) === before) return read;
  const got = 'arrays one of which changed its length while others were read';
  throw new FocalLossError(who, [{ field: 'arguments', got, takes: 'arrays that keep their lengths' }]);
}

/** Their sum: calls may be small. */
function lengthsOf(arrays: Partial<Arrays>): number {
  let sum = 0;
  for (const field in arrays) sum += (arrays[field as keyof Arrays] as ArrayLike<unknown> | undefined)?.length ?? 0;
  return sum;
}

const isForeign = (array: unknown) =>
  Array.isArray(array) || array instanceof BigInt64Array || array instanceof BigUint64Array;

/** Labels are whole numbers for the most part, which kernels take without a look at each. */
function labels(array: NumericArray): NumericArray {
  if (!Array.isArray(array)) return numbers(array);
  const { length } = array;
  const copy = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const entry: unknown = array[i];
    if (typeof entry !== 'number' || (entry | 0) !== entry) return numbers(array, copy, i, entry);
    copy[i] = entry;
  }
  return copy;
}

/** @param begun What has been read already, up to `from`, whose entry was the last. */
function numbers(array: NumericArray | Logits, begun?: Int32Array, from = 0, last?: unknown): NumericArray {
  if (!isForeign(array)) return array as NumericArray;
  const { length } = begun ?? array;
  const copy = new Float64Array(length);
  if (begun !== undefined) copy.set(begun);
  for (let i = from; i < length; i++) {
    const entry: unknown = begun !== undefined && i === from ? last : array[i];
    copy[i] = typeof entry === 'number' ? entry : numberOf(entry);
  }
  return copy;
}
