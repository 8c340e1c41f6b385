import { accumulator, FocalLossError, formulas, type Loss, type Reduction } from '@focal-loss/core';
import type { GradArray, Logits, NumericArray, ResultArray } from '../arrays.ts';
import type { CompileOptions, GradOptions, RunOptions, Value } from '../compile.ts';
import { engines, finish, gradFor, type Started, starter } from '../start.ts';
import type { SentLoss, Task } from './messages.ts';
import { cores, openPool, type Pool } from './pool.ts';

/** What can be chosen once for all calls. */
export interface ParallelOptions extends CompileOptions {
  /** Threads beside this one. Default: one for each core. */
  readonly workers?: number;
  /**
   * Logits from which on the threads are used; below, sending costs more than it gains. Default 1,000,000. The float32
   * kernels are as fast as the copying, so that two threads gain little on them; float64, soft labels and shared memory
   * gain sooner.
   */
  readonly threshold?: number;
}

/** The methods of a typed-array loss, asynchronous and on several threads. Results are the same to the last bit. */
export interface ParallelLoss<R extends Reduction = Reduction> {
  /** As of `compile(loss)`; rejects where that throws. */
  value<L extends Logits>(logits: L, targets: NumericArray, options?: RunOptions): Promise<Value<R, L>>;
  /** As of `compile(loss)`; rejects where that throws. The arrays must be left alone until it is done. */
  valueAndGrad<L extends Logits, G extends GradArray = ResultArray<L>>(
    logits: L,
    targets: NumericArray,
    options?: GradOptions<G>,
  ): Promise<{ value: Value<R, L>; grad: G }>;
  readonly workers: number;
  /** Ends the threads. Calls that wait for them reject, and so do later ones. */
  dispose(): Promise<void>;
}

/**
 * Makes a loss run on typed arrays over a pool of threads: worker threads in Node.js, Web Workers in a browser. Arrays on
 * shared memory (`SharedArrayBuffer`) are worked on where they lie; others are copied to the threads and back. Members
 * of your own (`defineLoss`) cannot be sent to a thread and run on this one.
 *
 * @throws {@link FocalLossError} if `workers` or `threshold` is out of range, or `engine` is none this runtime has.
 */
export async function compile<R extends Reduction>(
  loss: Loss<R>,
  { engine = engines()[0], workers, threshold = 1_000_000 }: ParallelOptions = {},
): Promise<ParallelLoss<R>> {
  const size = workers ?? (await cores());
  if (!(Number.isInteger(size) && size >= 1 && size <= 256)) {
    throw new FocalLossError(loss.name, [{ field: 'workers', got: workers, takes: 'an integer from 1 to 256' }]);
  }
  if (!(threshold >= 0)) {
    throw new FocalLossError(loss.name, [{ field: 'threshold', got: threshold, takes: 'a number ≥ 0' }]);
  }
  const start = starter(loss, engine);
  const key = formulas.family.find(({ formula }) => formula === loss.formula)?.key;
  const pool = key === undefined ? undefined : await openPool(size);
  let disposed = false;

  async function run<L extends Logits>(logits: L, targets: NumericArray, options: RunOptions, grad?: GradArray) {
    if (disposed) throw new Error(`${loss.name}: the pool has been disposed`);
    const started = start(logits, targets, options, grad);
    const total =
      pool === undefined || key === undefined || logits.length < threshold
        ? finish(started)
        : await finishThere(started, pool, (task) => ({ ...task, loss: describe(loss, key), engine }));
    return (started.job.values ?? total) as Value<R, L>;
  }

  return {
    workers: size,
    value: async (logits, targets, options = {}) => run(logits, targets, options),
    async valueAndGrad<L extends Logits, G extends GradArray>(
      logits: L,
      targets: NumericArray,
      options: GradOptions<G> = {},
    ) {
      const grad = gradFor(loss, logits, options.grad, [logits, targets, options.weights ?? []]);
      return { value: await run(logits, targets, options, grad), grad };
    },
    async dispose() {
      disposed = true;
      await pool?.dispose();
    },
  };
}

function describe({ formula: _, ...rest }: Loss, key: string): SentLoss {
  return { ...rest, key };
}

/** As `finish`, on the pool: consecutive blocks to each thread, their sums added in the order of the blocks. */
async function finishThere(
  { job, divide, chosen }: Started,
  pool: Pool,
  address: (task: Pick<Task, 'divide' | 'job'>) => Omit<Task, 'id'>,
): Promise<number> {
  const blocks = Math.ceil(job.rows / chosen.block);
  const share = Math.ceil(blocks / pool.size) * chosen.block;
  const parts = Array.from({ length: Math.ceil(job.rows / share) }, async (_, n) => {
    const first = n * share;
    const rows = Math.min(share, job.rows - first);
    const [from, to] = [first * job.classes, (first + rows) * job.classes];
    const { grad, values, weights } = job;
    const part = {
      ...job,
      // What this thread's engine still has, the other's has not.
      there: undefined,
      rows,
      logits: slice(job.logits, from, to) as Logits,
      targets: slice(job.targets, first, first + rows),
      weights: weights && slice(weights, first, first + rows),
      grad: grad && (place(grad, from, to) as GradArray),
      values: values && (place(values, first, first + rows) as Float32Array),
    };
    const sent = [part.logits, part.targets, part.weights, part.grad, part.values];
    const reply = await pool.run(n, address({ divide, job: part }), sent.flatMap(ownBuffer));
    if (grad && !isShared(grad)) (grad as Float32Array).set(reply.grad as Float32Array, from);
    if (values && !isShared(values)) values.set(reply.values as Float32Array, first);
    return reply.sums;
  });
  const total = accumulator();
  for (const sums of await Promise.all(parts)) sums.forEach(total.add);
  return total.total();
}

const isShared = (array: unknown) =>
  ArrayBuffer.isView(array) && typeof SharedArrayBuffer === 'function' && array.buffer instanceof SharedArrayBuffer;

/** Entries to be read by another thread: where they lie if the memory is shared, else a copy that can be given away. */
function slice<A extends ArrayLike<unknown>>(array: A, from: number, to: number): A {
  if (isShared(array)) return (array as unknown as Float32Array).subarray(from, to) as unknown as A;
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
