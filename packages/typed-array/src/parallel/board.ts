/** Work that is shared out block by block: whoever is free takes the next one. */
import { blocksOf } from '../blocks.ts';
import type { Call } from '../call.ts';
import type { Engine } from '../engine.ts';
import type { Board, ExampleParts } from './messages.ts';

/** The counters of a board. */
const [TAKEN, DONE, FAILED, READY, THERE] = [0, 1, 2, 3, 4];
/** What READY says, once it says anything: whether all targets are known to be hard. */
const [SOME, HARD] = [1, 2];

/** A board for `count` blocks. It is made anew for each call: who comes late to one finds that nothing is left. */
export const newBoard = (count: number): Board => ({
  counters: new Int32Array(new SharedArrayBuffer(20)),
  sums: new Float64Array(new SharedArrayBuffer(8 * count)),
  divide: new Float64Array(new SharedArrayBuffer(8)),
});

export const isDone = ({ counters, sums }: Board): boolean => Atomics.load(counters, DONE) >= sums.length;
export const hasFailed = ({ counters }: Board): boolean => Atomics.load(counters, FAILED) !== 0;

/** The blocks may be begun: targets have been looked at. */
export function open({ counters, divide }: Board, by: number, areHard: boolean): void {
  divide[0] = by;
  Atomics.store(counters, READY, areHard ? HARD : SOME);
  Atomics.notify(counters, READY);
}

/** As many blocks as `count`, the first ones, lie where all threads see them. */
export function tellThere({ counters }: Board, count: number): void {
  Atomics.store(counters, THERE, count);
  Atomics.notify(counters, THERE);
}

/** Stands still, in a thread of the pool, until a block is where it can be worked on. */
function awaitThere({ counters }: Board, block: number): void {
  const isThere = () => Atomics.load(counters, THERE) > block;
  if (isThere()) return;
  look(isThere);
  for (let there = Atomics.load(counters, THERE); there <= block; there = Atomics.load(counters, THERE)) {
    Atomics.wait(counters, THERE, there);
  }
}

/** Leaves nothing to begin. */
export function close({ counters, sums }: Board): void {
  Atomics.store(counters, TAKEN, sums.length);
  Atomics.compareExchange(counters, READY, 0, SOME);
  Atomics.store(counters, THERE, sums.length);
  for (const counter of [READY, THERE, DONE]) Atomics.notify(counters, counter);
}

/** Stands still, in a thread of the pool, until blocks may be begun. Returns whether all targets are known to be hard. */
export function awaitOpening({ counters }: Board): boolean {
  look(() => Atomics.load(counters, READY) !== 0);
  Atomics.wait(counters, READY, 0);
  return Atomics.load(counters, READY) === HARD;
}

/**
 * Runs blocks until none is left.
 *
 * @returns What each of them has of each example, if the call asks for that.
 * @throws What an engine threw. The block then counts as done, so that nobody waits for it, and the board as failed.
 */
export function takeBlocks(board: Board, call: Call, engine: Engine): ExampleParts[] {
  const { counters, sums, divide } = board;
  const { at } = blocksOf(call, engine);
  const parts: ExampleParts[] = [];
  let [block, stop] = [0, 0];
  for (;;) {
    block++;
    if (block >= stop) {
      // Neighbours a few at a time, as long as many are left: what a processor fetches ahead is then of use to the same thread.
      const some = Math.min(Math.max((sums.length - Atomics.load(counters, TAKEN)) >> 3, 1), 8);
      block = Atomics.add(counters, TAKEN, some);
      stop = Math.min(block + some, sums.length);
    }
    if (block >= sums.length) return parts;
    try {
      awaitThere(board, block);
      sums[block] = runBlock(call, engine, divide[0], at(block), (sums) => parts.push({ block, sums }));
    } catch (error) {
      Atomics.store(counters, FAILED, 1);
      close(board);
      throw error;
    } finally {
      if (Atomics.add(counters, DONE, 1) + 1 === sums.length) Atomics.notify(counters, DONE);
    }
  }
}

/** Runs a block, and tells what it has of each example, if the call asks for that. Returns its sum. */
export function runBlock(
  call: Call,
  engine: Engine,
  divide: number,
  at: readonly [first: number, n: number],
  tell: (sums: readonly number[]) => void,
): number {
  const own: Call = call.examples === undefined ? call : { ...call, examples: [] };
  const sum = engine.run(own, divide, ...at);
  if (own.examples !== undefined) tell(own.examples);
  return sum;
}

/** How long a thread that may stand still does so, in milliseconds: far longer than a block, shorter than anyone notices. */
const PATIENCE = 200;
/** For how long it looks again and again before: a block takes less, and who stands still is woken later than that. */
const LOOKS = 0.05;

/** Looks until something is so, but not for long. */
function look(isSo: () => boolean): void {
  const start = performance.now();
  while (!isSo() && performance.now() - start < LOOKS);
}

/**
 * Stands still until all blocks are done: others are about to finish their last. False if that takes too long, or this thread
 * must not stand still, as that of a page, or a block has failed.
 */
export function awaitBlocks(board: Board): boolean {
  look(() => isDone(board));
  const until = performance.now() + PATIENCE;
  try {
    while (!isDone(board) && !hasFailed(board)) {
      const left = until - performance.now();
      if (left <= 0) return false;
      Atomics.wait(board.counters, DONE, Atomics.load(board.counters, DONE), left);
    }
  } catch {
    // As it may not stand still, it is to wait for messages.
  }
  return isDone(board);
}
