import { FocalLossError } from '@focal-loss/core';
import { type Arena, ownArena, sharedArena } from './arena.ts';
import { type Owner, own, ownerOf } from './owners.ts';

/** A kind of typed array, as its constructor. */
export interface ArrayKind<A extends ArrayBufferView> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
}

/** The shared memory of this thread; null where there is none, undefined where nobody has asked yet. */
let common: Arena | null | undefined;
/** Where memory is not shared there is one after the other; one that no array lies in any more goes away. */
let open: WeakRef<Arena>[] = [];

/** What frees the memory of arrays that nobody has any more: all views of it hold the buffer they were made on. */
const registry =
  typeof FinalizationRegistry === 'function' ? new FinalizationRegistry<() => void>((free) => free()) : undefined;

/** Whether arrays can lie in the memory of kernels: some runtimes of servers at the edge do not say when one is no more. */
const hasArenas = () => typeof WebAssembly === 'object' && registry !== undefined;

/** The one arena of this thread in shared memory, made when it is first asked for. Undefined where the runtime has none. */
export function commonArena(): Arena | undefined {
  if (!hasArenas()) return undefined;
  if (common === undefined) common = sharedArena() ?? null;
  return common ?? undefined;
}

/**
 * A typed array of zeros in the memory of the WebAssembly kernels, which work on it where it lies; arrays from elsewhere they copy.
 * For them to do so, a call's logits, targets and weights must all be such arrays. Results are written into one that is passed
 * as `grad`, `hess` or `value`. It is a typed array like any other: parts of it (`subarray`) will do, too. Its memory is
 * shared where the runtime has that (Node.js, cross-origin isolated pages), so threads work on it as well, and a worker it is
 * posted to sees the same numbers.
 *
 * When nothing refers to the array or a part of it any more, its memory is freed; {@link free} does so at once. Runtimes without
 * WebAssembly or FinalizationRegistry give an ordinary array, which kernels copy.
 *
 * @param kind The constructor of the array, such as `Float32Array` for logits and gradients, `Uint8Array` for labels.
 * @throws {@link FocalLossError} if `kind` is no typed array, `length` is none, or there is no more memory: WebAssembly has up
 *   to 4 GiB in all.
 *
 * @example
 * ```ts
 * const logits = allocate(Float32Array, 1_000_000);
 * const labels = allocate(Uint8Array, 1_000_000);
 * const grad = allocate(Float32Array, 1_000_000);
 * const run = compile(sigmoidFocal());
 * run.valueAndGrad(logits, labels, { grad }); // copies nothing
 * ```
 */
export function allocate<A extends ArrayBufferView>(kind: ArrayKind<A>, length: number): A {
  if (!isKind(kind)) {
    const takes = 'the constructor of a typed array, such as Float32Array';
    throw new FocalLossError('allocate', [{ field: 'kind', got: kind, takes }]);
  }
  const tooMuch = () =>
    new FocalLossError('allocate', [
      {
        field: 'length',
        got: length,
        takes: 'an integer ≥ 0 of elements that fit into memory; free() what is no longer needed',
      },
    ]);
  // What is no number may not even be multiplied.
  if (!Number.isInteger(length) || length < 0) throw tooMuch();
  const bytes = length * kind.BYTES_PER_ELEMENT;
  if (bytes > 2 ** 32) throw tooMuch();
  const shared = length === 0 ? undefined : commonArena();
  try {
    if (length === 0 || !hasArenas()) return inOrdinary(kind, length, bytes);
    return shared === undefined ? inOpenArena(kind, length, bytes) : inShared(shared, kind, length, true);
  } catch {
    throw tooMuch();
  }
}

/**
 * Frees the memory of an array that {@link allocate} made, for others to come. The array and all parts of it are not to be used any
 * more; a call they are passed to throws.
 *
 * @throws {@link FocalLossError} if `array` was not made by `allocate` in this thread, is a part of one, or has been freed.
 */
export function free(array: ArrayBufferView): void {
  const owner = ArrayBuffer.isView(array) ? ownerOf(array) : undefined;
  if (owner?.free(array) === true || (owner === undefined && isEmpty(array))) return;
  const takes = 'an array that allocate() made, which has not been freed, nor is a part of another';
  throw new FocalLossError('free', [{ field: 'array', got: array, takes }]);
}

/** In ordinary memory, which {@link free} treats alike: nothing can lie nowhere, and without an arena kernels copy. */
function inOrdinary<A extends ArrayBufferView>(kind: ArrayKind<A>, length: number, bytes: number): A {
  const buffer = new ArrayBuffer(bytes);
  let live = true;
  const isWhole = ({ byteOffset, byteLength }: ArrayBufferView) => byteOffset === 0 && byteLength === bytes;
  if (length > 0) {
    own(buffer, {
      home: undefined,
      isLive: () => live,
      free(array) {
        if (!live || !isWhole(array)) return false;
        live = false;
        return true;
      },
    });
  }
  return new kind(buffer, 0, length);
}

const isEmpty = (array: unknown) => ArrayBuffer.isView(array) && array.byteLength === 0;

function isKind(kind: unknown): boolean {
  const TypedArray = Object.getPrototypeOf(Uint8Array);
  return typeof kind === 'function' && Object.getPrototypeOf(kind) === TypedArray;
}

/**
 * An array in shared memory; what is in it is no matter unless zeros are asked for.
 *
 * @throws RangeError if there is no more memory.
 */
export function inShared<A extends ArrayBufferView>(
  arena: Arena,
  kind: ArrayKind<A>,
  length: number,
  zero: boolean,
): A {
  const bytes = length * kind.BYTES_PER_ELEMENT;
  const address = arena.take(bytes, zero);
  if (address === undefined) throw new RangeError('No memory');
  // The same memory under a name of its own: as long as it is in use, so is a view of this array.
  const buffer = structuredClone(arena.memory.buffer);
  const piece = pieceOf(arena, address, bytes);
  own(buffer, piece);
  registry?.register(buffer, piece.release, piece);
  return new kind(buffer, address, length);
}

/** A piece of shared memory. It knows no buffer: what the registry holds must not hold what the registry waits for. */
function pieceOf(arena: Arena, address: number, bytes: number): Owner & { release(): void } {
  let live = true;
  const piece = {
    home: arena,
    isLive: (at: number, size: number) => live && at >= address && at + size <= address + bytes,
    release() {
      live = false;
      arena.heap.give(address, bytes);
    },
    free({ byteOffset, byteLength }: ArrayBufferView) {
      if (!live || byteOffset !== address || byteLength !== bytes) return false;
      registry?.unregister(piece);
      piece.release();
      return true;
    },
  };
  return piece;
}

/** In memory that is not shared all arrays have one buffer: it goes away with the last of them. */
function inOpenArena<A extends ArrayBufferView>(kind: ArrayKind<A>, length: number, bytes: number): A {
  open = open.filter((arena) => arena.deref() !== undefined);
  for (const arena of open.map((arena) => arena.deref())) {
    const address = arena?.take(bytes, true);
    if (arena !== undefined && address !== undefined) return new kind(arena.memory.buffer, address, length);
  }
  const arena = ownArena(bytes);
  const { heap } = arena;
  own(arena.memory.buffer, {
    home: arena,
    isLive: (at, size) => heap.holds(at, size),
    free: ({ byteOffset, byteLength }) => heap.give(byteOffset, byteLength),
  });
  open.push(new WeakRef(arena));
  return inOpenArena(kind, length, bytes);
}
