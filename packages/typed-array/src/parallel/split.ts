import type { GradArray, Logits } from '../arrays.ts';
import { addExamples, type Prepared, run, unitOf } from '../blocks.ts';
import type { Call } from '../call.ts';
import { reduce } from '../reduce.ts';
import type { Pool } from './pool.ts';

/**
 * Runs a call on the pool: consecutive blocks on each thread, their sums added in the order of the blocks. What cannot be cut
 * in two, because all of it lies side by side, runs on this thread.
 */
export async function runOn(pool: Pool, prepared: Prepared): Promise<number> {
  const { call, divide, engine } = prepared;
  const unit = unitOf(call, engine);
  const units = Math.ceil(call.rows / unit);
  if (call.inner > 1 && units < 2) return run(prepared);
  const share = Math.ceil(units / pool.size) * unit;
  const parts = Array.from({ length: Math.ceil(call.rows / share) }, async (_, n) => {
    const first = n * share;
    const last = Math.min(first + share, call.rows);
    const part = rowsOf(call, first, last);
    const sent = [part.logits, part.targets, part.weights, part.grad, part.hess, part.values].flatMap(ownBuffer);
    const reply = await pool.run(n, { by: divide, call: part }, sent);
    for (const field of ['grad', 'hess'] as const) {
      const whole = call[field];
      if (whole && !isShared(whole)) (whole as Float32Array).set(reply[field] as Float32Array, first * call.classes);
    }
    const { values } = call;
    if (values && !call.examples && !isShared(values)) values.set(reply.values as Float32Array, first);
    return reply;
  });
  const replies = await Promise.all(parts);
  if (call.examples !== undefined) {
    for (const { examples = [] } of replies) for (const sum of examples) call.examples.push(sum);
    addExamples(call, engine);
  }
  return reduce(
    replies.flatMap(({ sums }) => [...sums]),
    divide,
  );
}

/** The rows of a call from `first` to before `last`, in memory that another thread can have. */
function rowsOf(call: Call, first: number, last: number): Call {
  const [from, to] = [first * call.classes, last * call.classes];
  const { logits, targets, targetRows, weights, grad, hess, values, examples, noted } = call;
  return {
    ...call,
    rows: last - first,
    start: call.start + first,
    logits: slice(logits, from, to) as Logits,
    targets: targetRows ? slice(targets, from, to) : slice(targets, first, last),
    weights: weights && slice(weights, first, last),
    grad: grad && (place(grad, from, to) as GradArray),
    hess: hess && (place(hess, from, to) as GradArray),
    // Sums of examples are put together here.
    values: values && !examples ? (place(values, first, last) as Float32Array) : undefined,
    // What is in this thread's memory is not in the other's.
    noted: { ...noted, inMemory: -1 },
    places: undefined,
  };
}

const isShared = (array: unknown) =>
  ArrayBuffer.isView(array) && typeof SharedArrayBuffer === 'function' && array.buffer instanceof SharedArrayBuffer;

/** Entries to be read by another thread: where they lie if the memory is shared, else a copy that can be given away. */
function slice<A extends ArrayLike<unknown>>(array: A, from: number, to: number): A {
  if (isShared(array)) return (array as unknown as Float32Array).subarray(from, to) as unknown as A;
  // Not its own method: the slice of a Buffer is no copy, and its memory may be that of others.
  if (array instanceof Uint8Array) return new Uint8Array(array.subarray(from, to)) as unknown as A;
  if (ArrayBuffer.isView(array)) return (array as unknown as Float32Array).slice(from, to) as unknown as A;
  return Array.prototype.slice.call(array, from, to) as unknown as A;
}

/** Where another thread writes: the memory itself if it is shared, else fresh memory. */
function place(array: GradArray, from: number, to: number): unknown {
  if (isShared(array)) return (array as Float32Array).subarray(from, to);
  return new (array.constructor as Float32ArrayConstructor)(to - from);
}

const ownBuffer = (array: unknown): ArrayBuffer[] =>
  ArrayBuffer.isView(array) && array.buffer instanceof ArrayBuffer ? [array.buffer] : [];
