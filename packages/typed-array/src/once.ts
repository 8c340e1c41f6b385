import { FocalLossError } from '@focal-loss/core';
import { gather, type Logits, type NumericArray } from './arrays.ts';
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
 * @throws {@link FocalLossError} naming an array that has been changed in this way.
 */
export function readOnce(who: string, arrays: Partial<Arrays> & Read): Read {
  const { logits, targets, weights } = arrays;
  if (!isForeign(logits) && !isForeign(targets) && !isForeign(weights)) return arrays;
  const lengths = Object.values(arrays).map(lengthOf);
  const read = { logits: numbers(logits) as Logits, targets: numbers(targets), weights: weights && numbers(weights) };
  checkMemory(who, arrays);
  Object.entries(arrays).forEach(([field, array], i) => {
    if (lengthOf(array) === lengths[i]) return;
    const takes = 'one that keeps its length while others are read';
    throw new FocalLossError(who, [{ field, got: array, takes }]);
  });
  return read;
}

const isForeign = (array: unknown) =>
  Array.isArray(array) || array instanceof BigInt64Array || array instanceof BigUint64Array;

const lengthOf = (array: unknown) => (array as ArrayLike<unknown> | undefined)?.length;

function numbers(array: NumericArray | Logits): NumericArray {
  if (!isForeign(array)) return array as NumericArray;
  const copy = new Float64Array(array.length);
  gather(array, 0, copy.length, copy);
  return copy;
}
