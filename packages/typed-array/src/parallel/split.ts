import type { GradArray, Logits } from '../arrays.ts';
import type { Prepared } from '../blocks.ts';
import type { Call } from '../call.ts';
import { reduce } from '../reduce.ts';
import type { Request } from './messages.ts';
import type { Pool } from './pool.ts';

/** Runs a call on the pool: consecutive blocks on each thread, their sums added in the order of the blocks. */
export async function runOn(
  pool: Pool,
  { call, divide, engine: { block } }: Prepared,
  address: Pick<Request, 'loss' | 'engine'>,
): Promise<number> {
  const share = Math.ceil(Math.ceil(call.rows / block) / pool.size) * block;
  const parts = Array.from({ length: Math.ceil(call.rows / share) }, async (_, n) => {
    const first = n * share;
    const last = Math.min(first + share, call.rows);
    const part = rowsOf(call, first, last);
    const sent = [part.logits, part.targets, part.weights, part.grad, part.values].flatMap(ownBuffer);
    const reply = await pool.run(n, { ...address, divide, call: part }, sent);
    const { grad, values } = call;
    if (grad && !isShared(grad)) (grad as Float32Array).set(reply.grad as Float32Array, first * call.classes);
    if (values && !isShared(values)) values.set(reply.values as Float32Array, first);
    return reply.sums;
  });
  return reduce(
    (await Promise.all(parts)).flatMap((sums) => [...sums]),
    divide,
  );
}

/** The rows of a call from `first` to before `last`, in memory that another thread can have. */
function rowsOf(call: Call, first: number, last: number): Call {
  const [from, to] = [first * call.classes, last * call.classes];
  const { logits, targets, weights, grad, values, noted } = call;
  return {
    ...call,
    rows: last - first,
    logits: slice(logits, from, to) as Logits,
    targets: slice(targets, first, last),
    weights: weights && slice(weights, first, last),
    grad: grad && (place(grad, from, to) as GradArray),
    values: values && (place(values, first, last) as Float32Array),
    // What is in this thread's memory is not in the other's.
    noted: { ...noted, inMemory: -1 },
  };
}

const isShared = (array: unknown) =>
  ArrayBuffer.isView(array) && typeof SharedArrayBuffer === 'function' && array.buffer instanceof SharedArrayBuffer;

/** Entries to be read by another thread: where they lie if the memory is shared, else a copy that can be given away. */
function slice<A extends ArrayLike<unknown>>(array: A, from: number, to: number): A {
  if (isShared(array)) return (array as unknown as Float32Array).subarray(from, to) as unknown as A;
  // Not its own method: the slice of a Buffer is no copy.
  if (array instanceof Uint8Array) return Uint8Array.prototype.slice.call(array, from, to) as unknown as A;
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
