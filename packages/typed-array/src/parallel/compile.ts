import { FocalLossError, type Loss, type Reduction } from '@focal-loss/core';
import type { GradArray, Logits, NumericArray, ResultArray } from '../arrays.ts';
import { prepare, run } from '../blocks.ts';
import { checkCall, type GradOptions, gradFor, type RunOptions } from '../call.ts';
import type { CompileOptions, Value } from '../compile.ts';
import { engineFinder, engines } from '../engines.ts';
import { cores, openPool } from './pool.ts';
import { runOn } from './split.ts';

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
  const engineOf = engineFinder(loss, engine);
  const { formula: _, ...sent } = loss;
  const pool = loss.key === undefined ? undefined : await openPool(size);
  const gone = new FocalLossError(loss.name, [
    { field: 'pool', got: 'one that has been disposed', takes: 'one still in use' },
  ]);
  let disposed = false;

  async function evaluate<L extends Logits>(logits: L, targets: NumericArray, options: RunOptions, grad?: GradArray) {
    if (disposed) throw gone;
    const call = checkCall(loss, logits, targets, options, grad);
    const prepared = prepare(loss, call, engineOf(call), options.normalizer, false);
    const value =
      pool === undefined || logits.length < threshold
        ? run(prepared)
        : await runOn(pool, prepared, { loss: sent, engine });
    return (call.values ?? value) as Value<R, L>;
  }

  return {
    workers: size,
    value: async (logits, targets, options = {}) => evaluate(logits, targets, options),
    async valueAndGrad<L extends Logits, G extends GradArray>(
      logits: L,
      targets: NumericArray,
      options: GradOptions<G> = {},
    ) {
      const { grad } = gradFor(loss, logits, targets, options);
      return { value: await evaluate(logits, targets, options, grad), grad };
    },
    async dispose() {
      disposed = true;
      await pool?.dispose(gone);
    },
  };
}
