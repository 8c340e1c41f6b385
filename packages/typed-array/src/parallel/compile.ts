import {
  type Checks,
  checkLoss,
  checkOptions,
  type Derivative,
  FocalLossError,
  type Loss,
  type PosteriorOptions,
  type Reduction,
} from '@focal-loss/core';
import type { GradArray, Logits, NumericArray, ResultArray } from '../arrays.ts';
import { prepare, run } from '../blocks.ts';
import {
  checkCall,
  type GradOptions,
  type HessOptions,
  optionsOf,
  type Results,
  type RunOptions,
  resultsFor,
} from '../call.ts';
import type { CompileOptions, Value } from '../compile.ts';
import { engineCheck, engineFinder, engines } from '../engines.ts';
import { posteriorOf } from '../posterior.ts';
import { openHomes } from './homes.ts';
import { cores, hasThreads, openPool } from './pool.ts';
import { runShared } from './shared.ts';
import { runOn } from './split.ts';

/** What can be chosen once for all calls. */
export interface ParallelOptions extends CompileOptions {
  /** Threads beside this one, which works as well. Default: one for each other core, at least one. */
  readonly workers?: number;
  /**
   * Logits from which on the threads are used; below, telling them takes longer than they save. Default: 131,072 float32 logits that
   * kernels find in place (see `allocate`), 262,144 elsewhere; 16,384 of other kinds and with the JavaScript kernels; 1,000,000 where
   * threads share no memory.
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
  /** As of `compile(loss)`; rejects where that throws. The arrays must be left alone until it is done. */
  valueGradHess<L extends Logits, G extends GradArray = ResultArray<L>, H extends GradArray = ResultArray<L>>(
    logits: L,
    targets: NumericArray,
    options?: HessOptions<G, H>,
  ): Promise<{ value: Value<R, L>; grad: G; hess: H }>;
  /** As of `compile(loss)`, on the calling thread; rejects where that throws. */
  posterior<L extends Logits>(logits: L, options?: PosteriorOptions): Promise<ResultArray<L>>;
  readonly workers: number;
  /** Ends the threads. Calls that wait for them reject, and so do later ones. */
  dispose(): Promise<void>;
}

/** The sizes from which on two threads are faster than one, by a margin; see the table of `npm run bench -- --threads`. */
const FEWEST = { inPlace: 2 ** 17, copied: 2 ** 18, javascript: 2 ** 14, sent: 1_000_000 };

const CHECKS: Checks = {
  workers: {
    takes: 'an integer from 1 to 256',
    accepts: (got) => Number.isInteger(got) && Number(got) >= 1 && Number(got) <= 256,
  },
  threshold: { takes: 'a number ≥ 0', accepts: (got) => typeof got === 'number' && got >= 0 },
};

/**
 * Makes a loss run on typed arrays over a pool of threads: worker threads in Node.js, Web Workers in a browser. Arrays that
 * `allocate` made, and others on shared memory (`SharedArrayBuffer`), are worked on where they lie; of others a part is copied to where
 * all threads see it, or where the runtime shares no memory, all of them to the threads, and back. The calling thread takes its share,
 * so it is busy while a call runs. Members of your own (`defineLoss`) cannot be sent to a thread and run on this one; so
 * does everything where a runtime has no threads.
 *
 * @throws {@link FocalLossError} if `loss` is none, an option is unknown, `workers` or `threshold` is out of range, `engine` is
 *   none this runtime has, or a page's policy allows no worker.
 */
export async function compile<R extends Reduction>(
  loss: Loss<R>,
  options: ParallelOptions = {},
): Promise<ParallelLoss<R>> {
  checkLoss('compile', loss);
  const chosen: ParallelOptions = checkOptions(loss.name, options, { engine: engineCheck(), ...CHECKS });
  const threaded = loss.key !== undefined && hasThreads();
  const { engine = engines()[0], workers = threaded ? Math.max(cores() - 1, 1) : 1, threshold } = chosen;
  const engineOf = engineFinder(loss, engine);
  const { formula: _, ...sent } = loss;
  const homes = threaded ? openHomes(workers) : undefined;
  const openings = Array.from({ length: workers }, (_, n) => ({ loss: sent, engine, home: homes?.homes[n] }));
  const pool = threaded ? await openPool(workers, loss.name, openings) : undefined;
  const gone = new FocalLossError(loss.name, [
    { field: 'pool', got: 'one that has been disposed', takes: 'one still in use' },
  ]);
  let disposed = false;

  const check = () => {
    if (disposed) throw gone;
  };
  const ofPosterior = posteriorOf(loss);

  async function evaluate<L extends Logits>(
    logits: L,
    targets: NumericArray,
    options: RunOptions,
    wants: readonly Derivative[],
    results?: Results,
  ) {
    check();
    const call = checkCall(loss, logits, targets, options, wants, results);
    const { normalizer } = options;
    const { overInputs = false } = results ?? {};
    const prepared = (mayStop: boolean) => prepare(loss, call, engineOf(call), normalizer, mayStop);
    const isFloat32 = engine !== 'javascript' && logits instanceof Float32Array;
    const kind = !isFloat32 ? 'javascript' : call.places === undefined ? 'copied' : 'inPlace';
    const fewest = threshold ?? (homes === undefined ? FEWEST.sent : FEWEST[kind]);
    const value =
      pool === undefined || logits.length < fewest
        ? run(prepared(!overInputs))
        : homes === undefined
          ? await runOn(pool, prepared(false))
          : await runShared(loss, call, { pool, arena: homes.arena, engineOf, normalizer, overInputs, check });
    return (call.values ?? value) as Value<R, L>;
  }
  /** Value and derivatives. */
  async function differentiate<L extends Logits, G extends GradArray, H extends GradArray>(
    logits: L,
    targets: NumericArray,
    given: HessOptions<G, H> | undefined,
    wants: readonly Derivative[],
  ) {
    const options = optionsOf(loss, given, wants);
    const results = resultsFor(loss, logits, targets, options, wants);
    return { value: await evaluate(logits, targets, options, wants, results), ...results };
  }

  return {
    workers,
    async value(logits, targets, given) {
      const wants: readonly Derivative[] = ['value'];
      return evaluate(logits, targets, optionsOf(loss, given, wants), wants);
    },
    async valueAndGrad<L extends Logits, G extends GradArray>(
      logits: L,
      targets: NumericArray,
      given?: GradOptions<G>,
    ) {
      const { value, grad } = await differentiate(logits, targets, given, ['value', 'grad']);
      return { value, grad };
    },
    async valueGradHess<L extends Logits, G extends GradArray, H extends GradArray>(
      logits: L,
      targets: NumericArray,
      given?: HessOptions<G, H>,
    ) {
      const { value, grad, hess } = await differentiate(logits, targets, given, ['value', 'grad', 'hess']);
      return { value, grad, hess: hess as H };
    },
    async posterior(logits, given) {
      check();
      return ofPosterior(logits, given);
    },
    async dispose() {
      disposed = true;
      await pool?.dispose(gone);
      homes?.leave();
    },
  };
}
