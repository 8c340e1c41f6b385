import { commonArena } from '../memory/allocate.ts';
import type { Arena } from '../memory/arena.ts';
import type { Home } from '../simd/home.ts';
import { LANES } from '../simd/memory.ts';

/** The memory that the threads of a pool share, and where in it each has its lanes. */
export interface Homes {
  readonly arena: Arena;
  /** One a thread. */
  readonly homes: readonly Home[];
  /** Frees the lanes, once the threads have ended. */
  leave(): void;
}

/** Lanes for `threads` threads. Undefined where threads cannot share memory, or there is no more of it. */
export function openHomes(threads: number): Homes | undefined {
  const arena = commonArena();
  if (arena === undefined) return undefined;
  const bytes = LANES.LAST - LANES.FIRST;
  const places: number[] = [];
  const leave = () => {
    for (const address of places.splice(0)) arena.heap.give(address, bytes);
  };
  for (let i = 0; i < threads; i++) {
    const address = arena.take(bytes, false);
    if (address === undefined) {
      leave();
      return undefined;
    }
    places.push(address);
  }
  const { memory } = arena;
  return { arena, homes: places.map((address) => ({ memory, shared: true, base: address - LANES.FIRST })), leave };
}
