import { FocalLossError } from '@focal-loss/core';
import type { Home } from '../simd/home.ts';

/** Who knows what is in use of a buffer that `allocate` made arrays on. */
export interface Owner {
  /** Undefined where kernels do not work on it: it is copied. */
  readonly home: Home | undefined;
  /** Whether these bytes belong to an array that has not been freed. */
  isLive(address: number, bytes: number): boolean;
  /** False if this is no array that can be freed. */
  free(array: ArrayBufferView): boolean;
}

const owners = new WeakMap<ArrayBufferLike, Owner>();
/** Who never allocates is spared the look at each array. */
let areAny = false;

/** From now on arrays on `buffer` are known to lie in the memory of kernels, at the address that is their offset. */
export function own(buffer: ArrayBufferLike, owner: Owner): void {
  owners.set(buffer, owner);
  areAny = true;
}

export const ownerOf = (array: ArrayBufferView): Owner | undefined => (areAny ? owners.get(array.buffer) : undefined);

/** The arrays of a call by the names that its caller knows. */
export type Arrays = Readonly<Record<'logits' | 'targets' | 'weights' | 'grad' | 'hess' | 'value', unknown>>;

/** The memory that kernels find the arrays of a call in. */
export interface Places extends Readonly<Record<keyof Arrays, number>> {
  readonly home: Home;
}

/**
 * Where the arrays of a call lie: the addresses of those in one memory with the logits, of the others 0. Undefined if the kernels
 * would have to copy into that memory what they read: into memory of their own that takes less.
 *
 * @param isFixed Results lie over inputs, to which nothing may be written before all is known to be good: they count as elsewhere.
 */
export function placesOf(arrays: Arrays, isFixed: boolean): Places | undefined {
  if (!areAny) return undefined;
  const home = homeOf(arrays.logits);
  const { logits, targets, weights, grad, hess, value } = arrays;
  const reads = [targets, ...(weights === undefined ? [] : [weights])];
  if (home === undefined || !reads.every((array) => homeOf(array) === home)) return undefined;
  const at = (array: unknown) => (homeOf(array) === home ? (array as ArrayBufferView).byteOffset : 0);
  const into = (array: unknown) => (isFixed ? 0 : at(array));
  return {
    home,
    logits: at(logits),
    targets: at(targets),
    weights: at(weights),
    grad: into(grad),
    hess: into(hess),
    value: into(value),
  };
}

const homeOf = (array: unknown) => (ArrayBuffer.isView(array) ? ownerOf(array)?.home : undefined);

/** @throws {@link FocalLossError} naming an array whose memory was freed, was given away, or belongs to other arrays. */
export function checkMemory(who: string, arrays: Partial<Arrays>): void {
  // Calls may be small: most arrays are not worth a look.
  for (const field in arrays) {
    const array = arrays[field as keyof Arrays];
    if (ArrayBuffer.isView(array) && (areAny || array.byteLength === 0)) check(who, field, array);
  }
}

function check(who: string, field: string, array: ArrayBufferView): void {
  const owner = ownerOf(array);
  const takes = 'one that is in use: allocate() another, or an ordinary array';
  if (owner !== undefined && !owner.isLive(array.byteOffset, array.byteLength)) {
    const got = 'an array whose memory was freed, or reaches beyond what allocate() gave';
    throw new FocalLossError(who, [{ field, got, takes }]);
  }
  if (array.byteLength === 0 && isDetached(array)) {
    const got = 'an array whose memory has gone elsewhere (it was transferred, or a WebAssembly memory has grown)';
    throw new FocalLossError(who, [{ field, got, takes: 'one whose memory is still its own' }]);
  }
}

/** A view of no bytes is one of a detached buffer if nothing can be made of that any more. */
function isDetached({ buffer }: ArrayBufferView): boolean {
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}
