/** Which bytes of a memory are in use: addresses only, no memory. */
export interface Heap {
  /** The address of `bytes` free bytes, from now on in use. Undefined if there are none. */
  take(bytes: number): number | undefined;
  /** The piece of `bytes` at `address` is free again. False if there is no such piece. */
  give(address: number, bytes: number): boolean;
  /** Whether `bytes` from `address` on lie in one piece in use. */
  holds(address: number, bytes: number): boolean;
  /** The memory has grown. */
  extend(end: number): void;
  /** From here on nothing has ever been in use: it is still as zero as it was made. */
  readonly fresh: number;
}

/** Every piece begins with a cache line. */
const LINE = 64;
/** Arrays at addresses that agree in their last twelve bits get in each other's way: a processor takes one for the other. */
const APART = 9 * LINE;

interface Range {
  from: number;
  to: number;
}

/** The bytes from `begin` to before `end`, all free. Pieces are taken from the first range that has room. */
export function newHeap(begin: number, end: number): Heap {
  const align = (bytes: number) => Math.ceil(bytes / LINE) * LINE;
  const sizeOf = (bytes: number) => align(bytes) + (bytes >= 4096 ? APART : 0);
  const free: Range[] = [{ from: align(begin), to: end }];
  /** By address: how many bytes were asked for. */
  const used = new Map<number, number>();
  let fresh = free[0].from;
  let limit = end;

  /** Frees a range, joined with its neighbours. */
  function release(range: Range): void {
    const next = free.findIndex(({ from }) => from >= range.to);
    const place = next === -1 ? free.length : next;
    if (free[place]?.from === range.to) range.to = free.splice(place, 1)[0].to;
    const before = free[place - 1];
    if (before?.to === range.from) before.to = range.to;
    else free.splice(place, 0, range);
  }

  return {
    take(bytes) {
      const size = sizeOf(bytes);
      const place = free.findIndex(({ from, to }) => to - from >= size);
      if (place === -1) return undefined;
      const range = free[place];
      const address = range.from;
      range.from += size;
      if (range.from === range.to) free.splice(place, 1);
      used.set(address, bytes);
      fresh = Math.max(fresh, address + size);
      return address;
    },
    give(address, bytes) {
      if (used.get(address) !== bytes) return false;
      used.delete(address);
      release({ from: address, to: address + sizeOf(bytes) });
      return true;
    },
    holds(address, bytes) {
      for (const [from, all] of used) if (from <= address && address + bytes <= from + all) return true;
      return false;
    },
    extend(end) {
      release({ from: limit, to: end });
      limit = end;
    },
    get fresh() {
      return fresh;
    },
  };
}
