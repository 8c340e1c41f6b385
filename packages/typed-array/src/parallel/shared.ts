/** Calls on memory that all threads share: each takes blocks where they lie, the calling one as well. */
import type { Loss } from '@focal-loss/core';
import type { NumericArray } from '../arrays.ts';
import { addExamples, blocksOf, prepare, run } from '../blocks.ts';
import type { Call } from '../call.ts';
import type { Engine } from '../engine.ts';
import { type ArrayKind, free, inShared } from '../memory/allocate.ts';
import type { Arena } from '../memory/arena.ts';
import { placesOf } from '../memory/owners.ts';
import { reduce } from '../reduce.ts';
import { awaitBlocks, close, hasFailed, isDone, newBoard, open, takeBlocks } from './board.ts';
import type { Board, ExampleParts, Request } from './messages.ts';
import type { Pool } from './pool.ts';

/** A call all threads see. */
interface Seated {
  readonly call: Call;
  /** Brings what is read there. */
  copyIn(): void;
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
  const seated = seat(given, means);
  // Where there is no room for all, there is for a block.
  if (seated === undefined) return run(prepare(loss, given, engineOf(given), normalizer, !means.overInputs));
  const { call, copyIn, copyBack, leave } = seated;
  const engine = engineOf(call);
  const board = newBoard(blocksOf(call, engine).count);
  // Threads are on their way while this one copies and looks.
  const replies = ask(pool, call, board);
  let divide: number;
  try {
    copyIn();
    divide = prepare(loss, call, engine, normalizer, false).divide;
  } catch (error) {
    // Nothing has been begun, nor will it be.
    close(board);
    leave();
    throw error;
  }
  open(board, divide, call.noted.hard);
  const parts = takeBlocks(board, call, engine);
  await finish(board, replies, call.examples !== undefined, parts);
  if (call.examples !== undefined) {
    for (const { sums } of parts.sort((a, b) => a.block - b.block)) call.examples.push(...sums);
    addExamples(call, engine);
  }
  // If a thread has failed, it may still be writing: what lies there is then left to the garbage collector.
  copyBack();
  leave();
  return reduce(board.sums, divide);
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

/** A call like `call` on memory that all threads see: arrays that lie elsewhere are copied there, and back. Undefined if that is full. */
function seat(call: Call, means: Means): Seated | undefined {
  const made: ArrayBufferView[] = [];
  try {
    return seatWith(call, means, made);
  } catch {
    for (const array of made) free(array);
    return undefined;
  }
}

/** @throws RangeError if there is no more memory. */
function seatWith(call: Call, { arena, overInputs }: Means, made: ArrayBufferView[]): Seated {
  const [into, back]: [(() => void)[], (() => void)[]] = [[], []];
  const take = <A extends ArrayBufferView>(kind: ArrayKind<A>, length: number): A => {
    // Of nothing there is nothing to share.
    if (length === 0) return new kind(new ArrayBuffer(0), 0, 0);
    const array = inShared(arena, kind, length, false);
    made.push(array);
    return array;
  };
  const input = <A extends NumericArray>(array: A): A => {
    if (isShared(array)) return array;
    const copy = take(kindOf<Float64Array>(array), array.length);
    into.push(() => copy.set(array as unknown as Float64Array));
    return copy as unknown as A;
  };
  const output = <A extends Call['grad'] | Call['values']>(array: A): A => {
    if (array === undefined || isShared(array)) return array;
    const copy = take(kindOf<Float32Array>(array), array.length);
    back.push(() => (array as Float32Array).set(copy));
    return copy as A;
  };
  const { logits, targets, weights, grad, hess, values, examples } = call;
  const moved = {
    logits: input(logits as Float32Array) as Call['logits'],
    targets: input(targets),
    weights: weights && input(weights),
    grad: output(grad),
    hess: output(hess),
    // Sums of examples are put together here.
    values: examples ? values : output(values),
  };
  const own = made.length > 0;
  const places = own ? placesOf({ ...moved, value: moved.values }, overInputs) : call.places;
  return {
    call: { ...call, ...moved, places },
    copyIn() {
      for (const copy of into) copy();
    },
    copyBack() {
      for (const copy of back) copy();
    },
    leave() {
      for (const array of made) free(array);
    },
  };
}

/** Not its own constructor, which may be that of Buffer, or of some class of the caller's. */
const kindOf = <A extends ArrayBufferView>(array: unknown): ArrayKind<A> =>
  (globalThis as unknown as Record<string, ArrayKind<A>>)[(array as Float32Array)[Symbol.toStringTag]];

const isShared = (array: unknown) => ArrayBuffer.isView(array) && array.buffer instanceof SharedArrayBuffer;
