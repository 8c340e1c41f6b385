import type { Home } from '../simd/home.ts';
import { LANES, MOST_PAGES, PAGES } from '../simd/memory.ts';
import { type Heap, newHeap } from './heap.ts';

/** A memory of the kernels that has room for arrays beside their lanes. */
export interface Arena extends Home {
  readonly heap: Heap;
  /**
   * The address of `bytes` free bytes, zero if that is asked for. Undefined if the memory has no room, and cannot be made larger.
   */
  take(bytes: number, zero: boolean): number | undefined;
}

const PAGE = 65536;
/** The least a memory that cannot grow begins with: address space, which is not memory before it is written to. */
const LEAST = 16 * 2 ** 20;

/**
 * Whether this runtime lets threads share memory: a page that is not cross-origin isolated does not, whatever WebAssembly
 * itself may do there.
 */
export const canShare = (): boolean =>
  typeof SharedArrayBuffer === 'function' &&
  (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;

/**
 * An arena in memory that is shared. When it grows its arrays stay where they are and stay valid. Undefined where the runtime has
 * no such memory.
 */
export function sharedArena(): Arena | undefined {
  if (!canShare()) return undefined;
  // Some runtimes set aside all that it may grow to, and have less than WebAssembly allows.
  for (let maximum = MOST_PAGES; maximum >= 1024; maximum /= 4) {
    try {
      const memory = new WebAssembly.Memory({ initial: PAGES, maximum, shared: true });
      // Arrays need the same memory under other names; see `inShared`.
      return structuredClone(memory.buffer) instanceof SharedArrayBuffer ? arenaIn(memory, true) : undefined;
    } catch {
      // The next is smaller.
    }
  }
  return undefined;
}

/**
 * An arena in memory that is not shared, with room for `bytes`. It never grows, because that would detach each array in it: when it
 * is full, there will be another.
 *
 * @throws RangeError where the runtime has not as much memory.
 */
export function ownArena(bytes: number): Arena {
  const pages = Math.max(pagesOf(bytes + PAGE), LEAST / PAGE) + PAGES;
  return arenaIn(new WebAssembly.Memory({ initial: pages, maximum: pages }), false);
}

const pagesOf = (bytes: number) => Math.ceil(bytes / PAGE);

function arenaIn(memory: WebAssembly.Memory, shared: boolean): Arena {
  const heap = newHeap(LANES.LAST, memory.buffer.byteLength);

  /** Makes the memory larger by a fourth, so that this is rare, or at least by what is needed. */
  function grow(bytes: number): boolean {
    const needed = pagesOf(bytes + PAGE);
    const some = Math.max(needed, Math.min(memory.buffer.byteLength / PAGE / 4, 1024));
    for (const pages of [Math.ceil(some), needed]) {
      try {
        memory.grow(pages);
        heap.extend(memory.buffer.byteLength);
        return true;
      } catch {
        // As many are not to be had.
      }
    }
    return false;
  }

  return {
    memory,
    shared,
    base: 0,
    heap,
    take(bytes, zero) {
      const { fresh } = heap;
      const address = heap.take(bytes) ?? (shared && grow(bytes) ? heap.take(bytes) : undefined);
      if (zero && address !== undefined && address < fresh) {
        // A piece ends with its cache line. Eight bytes at a time: of shared memory each store is one of its own.
        new Float64Array(memory.buffer, address, Math.ceil(Math.min(bytes, fresh - address) / 8)).fill(0);
      }
      return address;
    },
  };
}
