/** Calls on memory that all threads share: each takes blocks where they lie, the calling one as well. */
import { denominator, type Loss, type Totals } from '@focal-loss/core';
import type { NumericArray } from '../arrays.ts';
import { addExamples, type Blocks, blocksOf, prepare, run } from '../blocks.ts';
import type { Call } from '../call.ts';
import type { Engine } from '../engine.ts';
import { type ArrayKind, free, inShared } from '../memory/allocate.ts';
import type { Arena } from '../memory/arena.ts';
import { placesOf } from '../memory/owners.ts';
import { reduce } from '../reduce.ts';
import { awaitBlocks, close, hasFailed, isDone, newBoard, open, runBlock, takeBlocks, tellThere } from './board.ts';
import type { Board, ExampleParts, Request } from './messages.ts';
import type { Pool } from './pool.ts';

/** A call, or its first rows, where all threads see them. */
interface Seated {
  readonly call: Call;
  /** Brings the labels and weights there. */
  copyLabels(): void;
  /** Brings logits there, those of the rows before `last` that are not yet. */
  copyLogits(last: number): void;
  /** Brings results to where the caller wants them. */
  copyBack(): void;
  /** Frees what was needed for that. */
  leave(): void;
}

/** What a call needs beside its arrays. */
interface Means {
  readonly pool: Pool;
  readonly arena: Arena;
  readonly engineOf: (call: Call) => Engine;
  readonly normalizer: number | undefined;
  /** A result lies over what the call reads. */
  readonly overInputs: boolean;
  /** @throws if the pool is no longer to be used. */
  check(): void;
}

/**
 * How much of a call is copied for so many threads: while this one copies it works on nothing, and what it works on itself need not
 * be. That takes a third of the time of working on it, in and out; see `npm run bench -- --threads`.
 */
const COPIED = [1, 0.6, 0.85];
/** Blocks that are copied before threads are told of them. */
const PIECE = 8;

/**
 * Runs a call on all threads and this one. Nothing is written before all targets have been looked at.
 *
 * @returns The reduced value.
 * @throws {@link FocalLossError} as `prepare` does, or if a thread failed.
 */
export async function runShared(loss: Loss, given: Call, means: Means): Promise<number> {
  // Whoever calls may do so several times, or dispose of the pool: then nothing of it is begun.
  await undefined;
  means.check();
  const { pool, engineOf, normalizer } = means;
  pool.check();
  const own = engineOf(given);
  const blocks = blocksOf(given, own);
  const count = sharedBlocks(given, blocks, pool.size);
  const seated = seat(given, count < blocks.count ? blocks.at(count)[0] : given.rows, means);
  // Where there is no room for all, there is for a block.
  if (seated === undefined) return run(prepare(loss, given, own, normalizer, !means.overInputs));
  const { call, copyLabels, copyLogits, copyBack, leave } = seated;
  const engine = engineOf(call);
  const board = newBoard(count);
  // Threads are on their way while this one copies and looks.
  const replies = ask(pool, call, board);
  let divide: number;
  try {
    copyLabels();
    const totals: Totals = { count: 0, positives: 0, weights: 0 };
    for (let block = 0; block < count; block++) engine.tally(call, totals, ...blocks.at(block));
    for (let block = count; block < blocks.count; block++) own.tally(given, totals, ...blocks.at(block));
    divide = denominator(loss, totals, normalizer);
  } catch (error) {
    // Nothing has been begun, nor will it be.
    close(board);
    leave();
    throw error;
  }
  open(board, divide, call.noted.hard);
  // Where classes lie beside each other, so do rows.
  const piece = call.logits !== given.logits && call.inner === 1 ? PIECE : count;
  for (let there = 0; there < count; ) {
    there = Math.min(there + piece, count);
    copyLogits(there < count ? blocks.at(there)[0] : call.rows);
    tellThere(board, there);
  }
  const parts: ExampleParts[] = [];
  const sums: number[] = [];
  for (let block = count; block < blocks.count; block++) {
    sums.push(runBlock(given, own, divide, blocks.at(block), (sums) => parts.push({ block, sums })));
  }
  parts.push(...takeBlocks(board, call, engine));
  await finish(board, replies, call.examples !== undefined, parts);
  if (given.examples !== undefined) {
    for (const { sums } of parts.sort((a, b) => a.block - b.block)) given.examples.push(...sums);
    addExamples(given, own);
  }
  // If a thread has failed, it may still be writing: what lies there is then left to the garbage collector.
  copyBack();
  leave();
  return reduce([...board.sums, ...sums], divide);
}

/** How many blocks of a call, the first ones, all threads are to see: all, unless they are copied and lie one after the other. */
function sharedBlocks({ inner, logits, grad, hess }: Call, { count }: Blocks, threads: number): number {
  const isCopied = ![logits, grad, hess].every((array) => array === undefined || isShared(array));
  return isCopied && inner === 1 ? Math.max(1, Math.round(count * (COPIED[threads] ?? 1))) : count;
}

/** Tells all threads of a call. Who is late for it finds nothing left, and says that all the same. */
function ask(pool: Pool, call: Call, board: Board): Promise<readonly ExampleParts[]>[] {
  const { home: _, ...places } = call.places ?? { home: undefined };
  const request: Omit<Request, 'id'> = {
    by: board,
    call: {
      ...call,
      examples: call.examples && [],
      values: call.examples ? undefined : call.values,
      // What is in this thread's lanes is not in the others'.
      noted: { ...call.noted, inMemory: -1 },
      places: call.places && (places as Request['call']['places']),
    },
  };
  // This thread is one of those that share it out.
  const threads = Math.min(pool.size, Math.max(board.sums.length - 1, 1));
  try {
    return Array.from({ length: threads }, (_, n) => {
      const reply = pool.run(n, request, []).then(({ parts = [] }) => parts);
      // It may fail when nobody asks any more.
      reply.catch(() => undefined);
      return reply;
    });
  } catch (error) {
    close(board);
    throw error;
  }
}

/** Waits until all blocks are done, standing still if this thread may: a message would take longer than a block. */
async function finish(
  board: Board,
  replies: readonly Promise<readonly ExampleParts[]>[],
  wantsParts: boolean,
  parts: ExampleParts[],
): Promise<void> {
  const waiting = new Set(replies);
  const needsReplies = wantsParts || !awaitBlocks(board) || hasFailed(board);
  while (needsReplies && waiting.size > 0 && (wantsParts || hasFailed(board) || !isDone(board))) {
    const [reply, more] = await Promise.race([...waiting].map(async (each) => [each, await each] as const));
    waiting.delete(reply);
    parts.push(...more);
  }
}

/**
 * A call like the first `rows` of `call` on memory that all threads see: arrays that lie elsewhere are copied there, and back. Undefined
 * if that is full.
 */
function seat(call: Call, rows: number, means: Means): Seated | undefined {
  const made: ArrayBufferView[] = [];
  try {
    return seatWith(call, rows, means, made);
  } catch {
    for (const array of made) free(array);
    return undefined;
  }
}

/** @throws RangeError if there is no more memory. */
function seatWith(call: Call, rows: number, { arena, overInputs }: Means, made: ArrayBufferView[]): Seated {
  const [into, back]: [(() => void)[], (() => void)[]] = [[], []];
  const take = <A extends ArrayBufferView>(kind: ArrayKind<A>, length: number): A => {
    // Of nothing there is nothing to share.
    if (length === 0) return new kind(new ArrayBuffer(0), 0, 0);
    const array = inShared(arena, kind, length, false);
    made.push(array);
    return array;
  };
  const lent = <A extends NumericArray>(array: A, length: number): A =>
    isShared(array) ? array : (take(kindOf<Float64Array>(array), length) as unknown as A);
  const input = <A extends NumericArray>(array: A, length: number): A => {
    const copy = lent(array, length);
    if (copy !== array) into.push(() => copyPart(array, copy, 0, length));
    return copy;
  };
  const output = <A extends Call['grad'] | Call['values']>(array: A, length: number): A => {
    if (array === undefined || isShared(array)) return array;
    const copy = take(kindOf<Float32Array>(array), length);
    back.push(() => (array as Float32Array).set(copy));
    return copy as A;
  };
  const { logits, targets, weights, grad, hess, values, examples, classes, targetRows } = call;
  const entries = rows * classes;
  const moved = {
    logits: lent(logits as Float32Array, entries) as Call['logits'],
    targets: input(targets, targetRows ? entries : rows),
    weights: weights && input(weights, rows),
    grad: output(grad, entries),
    hess: output(hess, entries),
    // Sums of examples are put together here.
    values: examples ? values : output(values, rows),
  };
  const own = made.length > 0;
  const places = own ? placesOf({ ...moved, value: moved.values }, overInputs) : call.places;
  let copied = 0;
  return {
    call: { ...call, ...moved, rows, noted: { ...call.noted }, places },
    copyLabels() {
      for (const copy of into) copy();
    },
    copyLogits(last) {
      if (moved.logits !== logits) copyPart(logits, moved.logits, copied * classes, last * classes);
      copied = last;
    },
    copyBack() {
      for (const copy of back) copy();
    },
    leave() {
      for (const array of made) free(array);
    },
  };
}

/** Copies the entries from `from` to before `to` to the same places. */
function copyPart(array: ArrayLike<unknown>, copy: ArrayLike<unknown>, from: number, to: number): void {
  const source = array as Float32Array;
  (copy as Float32Array).set(from === 0 && to === source.length ? source : source.subarray(from, to), from);
}

/** Not its own constructor, which may be that of Buffer, or of some class of the caller's. */
const kindOf = <A extends ArrayBufferView>(array: unknown): ArrayKind<A> =>
  (globalThis as unknown as Record<string, ArrayKind<A>>)[(array as Float32Array)[Symbol.toStringTag]];

const isShared = (array: unknown) => ArrayBuffer.isView(array) && array.buffer instanceof SharedArrayBuffer;
