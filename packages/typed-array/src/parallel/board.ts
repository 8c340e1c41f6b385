/** Work that is shared out block by block: whoever is free takes the next one. */
import { blocksOf } from '../blocks.ts';
import type { Call } from '../call.ts';
import type { Engine } from '../engine.ts';
import { type Board, DONE, type ExampleParts, FAILED, TAKEN } from './messages.ts';

/** A board for `count` blocks. It is made anew for each call: who comes late to one finds that nothing is left. */
export const newBoard = (count: number): Board => ({
  counters: new Int32Array(new SharedArrayBuffer(12)),
  sums: new Float64Array(new SharedArrayBuffer(8 * count)),
});

export const isDone = ({ counters, sums }: Board): boolean => Atomics.load(counters, DONE) >= sums.length;
export const hasFailed = ({ counters }: Board): boolean => Atomics.load(counters, FAILED) !== 0;

/** Leaves nothing to take. */
export function close({ counters, sums }: Board): void {
  Atomics.store(counters, TAKEN, sums.length);
}

/**
 * Runs blocks until none is left.
 *
 * @returns What each of them has of each example, if the call asks for that.
 * @throws What an engine threw. The block then counts as done, so that nobody waits for it, and the board as failed.
 */
export function takeBlocks(board: Board, call: Call, engine: Engine, divide: number): ExampleParts[] {
  const { counters, sums } = board;
  const { at } = blocksOf(call, engine);
  const parts: ExampleParts[] = [];
  for (;;) {
    const block = Atomics.add(counters, TAKEN, 1);
    if (block >= sums.length) return parts;
    try {
      const own: Call = call.examples === undefined ? call : { ...call, examples: [] };
      sums[block] = engine.run(own, divide, ...at(block));
      if (own.examples !== undefined) parts.push({ block, sums: own.examples });
    } catch (error) {
      Atomics.store(counters, FAILED, 1);
      close(board);
      throw error;
    } finally {
      if (Atomics.add(counters, DONE, 1) + 1 === sums.length) Atomics.notify(counters, DONE);
    }
  }
}

/** How long a thread that may stand still does so, in milliseconds: far longer than a block, shorter than anyone notices. */
const PATIENCE = 200;

/**
 * Stands still until all blocks are done: others are about to finish their last. False if that takes too long, or this thread
 * must not stand still, as that of a page.
 */
export function awaitBlocks(board: Board): boolean {
  const until = performance.now() + PATIENCE;
  try {
    while (!isDone(board)) {
      const left = until - performance.now();
      if (left <= 0) return false;
      Atomics.wait(board.counters, DONE, Atomics.load(board.counters, DONE), left);
    }
    return true;
  } catch {
    return isDone(board);
  }
}
