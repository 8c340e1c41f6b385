import {
  type Checks,
  checkLoss,
  checkOptions,
  type Derivative,
  FocalLossError,
  flag,
  type Loss,
  type Reduction,
} from '@focal-loss/core';
import { type Dtype, precisionOf } from '@focal-loss/onnx';
import type { Logits, NumericArray, ResultArray } from './arrays.ts';
import { dtypeCheck, opsetCheck } from './build.ts';
import { checkCall, type GradOptions, type RunOptions, resultsOf } from './call.ts';
import { runChunks } from './chunks.ts';
import { type ExecutionProvider, isPlain, isWeb, nameOf, type SessionSettings } from './providers.ts';
import { findRuntime } from './runtime.ts';
import { openSessions, tellsBounds } from './sessions.ts';

/** What a loss evaluates to. */
export type Value<R extends Reduction, D extends Dtype> = R extends 'none' ? ResultArray<D> : number;

/** A loss that runs on ONNX Runtime. */
export interface OnnxLoss<R extends Reduction = Reduction, D extends Dtype = Dtype> {
  /** The execution provider that runs it. */
  readonly executionProvider: string;

  /**
   * The reduced loss: a number, or for reduction `'none'` an array with one loss a target.
   *
   * @param logits Sigmoid: any length. Softmax: rows·classes, row by row, with `shape: [rows, classes]`.
   * @param targets Sigmoid: one in [0, 1] a logit. Softmax: one class index a row.
   * @throws {@link FocalLossError} (a rejection) naming the argument, its length and what was expected, or the index of a
   *   bad target.
   */
  value(logits: Logits, targets: NumericArray, options?: RunOptions): Promise<Value<R, D>>;

  /** The reduced loss and ∂(reduced loss)/∂logits; for reduction `'none'` the elementwise derivative. Rejects as `value` does. */
  valueAndGrad(
    logits: Logits,
    targets: NumericArray,
    options?: GradOptions<D>,
  ): Promise<{ value: Value<R, D>; grad: ResultArray<D> }>;

  /** Gives the sessions back, after the calls under way. Later calls reject. */
  dispose(): Promise<void>;
}

/** What can be chosen once for all calls. */
export interface CompileOptions<D extends Dtype = Dtype> extends SessionSettings {
  /** `import * as ort from 'onnxruntime-node'`, or `'onnxruntime-web'`. Default: the one that is installed. */
  readonly runtime?: unknown;
  /** In which float logits go in; see {@link ModelOptions.dtype}. Default `'float32'`. */
  readonly dtype?: D | undefined;
  /** The version of ONNX's operations, 13 to 25. Default 17. */
  readonly opset?: number | undefined;
  /**
   * Providers in the order they are tried: `['cuda', 'cpu']`. The first that works runs everything; with none named that
   * works, `compile` rejects and says why. Default `['cpu']`, with onnxruntime-web `['wasm']`.
   */
  readonly executionProviders?: readonly ExecutionProvider[] | undefined;
  /** Forbids that single nodes are run on the CPU where the provider has no kernel for them: `compile` rejects instead. */
  readonly strict?: boolean | undefined;
  /** Options of ONNX Runtime for its sessions: `{ intraOpNumThreads: 1 }`. */
  readonly sessionOptions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Makes a loss run on ONNX Runtime. The graph is that of {@link buildModel}; targets and weights are looked at before it
 * runs, denominators are counted and chunks added up in float64.
 *
 * @throws {@link FocalLossError} (a rejection) naming a bad option, or for each provider why it does not run.
 *
 * @example
 * ```ts
 * const run = await compile(sigmoidFocal({ gamma: 2 }), { executionProviders: ['cuda', 'cpu'] });
 * const { value, grad } = await run.valueAndGrad(new Float32Array([2, -1]), [1, 0]);
 * run.executionProvider; // 'cuda'
 * await run.dispose();
 * ```
 */
export async function compile<R extends Reduction, D extends Dtype = 'float32'>(
  loss: Loss<R>,
  options: CompileOptions<D> = {},
): Promise<OnnxLoss<R, D>> {
  checkLoss('compile', loss);
  const given = checkOptions(loss.name, options, checks) as CompileOptions;
  const { dtype = 'float32', opset } = given;
  const runtime = await findRuntime(given.runtime);
  const sessions = await openSessions(runtime, loss, { dtype, opset }, given);
  const { provider } = sessions;
  const precision = precisionOf(dtype);
  const onProcessor = isPlain(provider);
  // onnxruntime-node writes an output where it is told to.
  const writesInto = onProcessor && dtype !== 'float16' && !isWeb(runtime);
  const underWay = new Set<Promise<unknown>>();
  let disposed = false;

  async function run(logits: Logits, targets: NumericArray, options: RunOptions, wants: readonly Derivative[]) {
    if (disposed) {
      const takes = 'a compiled loss that dispose() has not been called on';
      throw new FocalLossError(loss.name, [{ field: 'run', got: 'a disposed one', takes }]);
    }
    const call = checkCall(loss, logits, targets, options, wants, precision, onProcessor);
    const { rows, classes, grad } = call;
    if (rows === 0) return { value: loss.reduction === 'none' ? new (resultsOf(precision))(0) : 0, grad };
    const weights = call.weights !== undefined;
    const session = await sessions.of({ wants, weights, classes });
    const bounds = tellsBounds(loss, weights, provider);
    return runChunks(loss, call, { runtime, session, dtype, onProcessor, writesInto, bounds });
  }

  /** A call that `dispose` waits for. */
  function tracked<T>(call: Promise<T>): Promise<T> {
    underWay.add(call);
    const done = () => underWay.delete(call);
    call.then(done, done);
    return call;
  }

  return {
    executionProvider: nameOf(provider),
    async value(logits, targets, options = {}) {
      return (await tracked(run(logits, targets, options, ['value']))).value as Value<R, D>;
    },
    async valueAndGrad(logits, targets, options = {}) {
      const { value, grad } = await tracked(run(logits, targets, options, ['value', 'grad']));
      return { value: value as Value<R, D>, grad: grad as ResultArray<D> };
    },
    async dispose() {
      disposed = true;
      await Promise.allSettled(underWay);
      await sessions.release();
    },
  };
}

const isProvider = (got: unknown) => typeof got === 'string' || typeof (got as { name?: unknown })?.name === 'string';
const isObject = (got: unknown) => (typeof got === 'object' && got !== null) || typeof got === 'function';

const checks: Checks = {
  runtime: { takes: 'onnxruntime-node or onnxruntime-web', accepts: isObject },
  dtype: dtypeCheck,
  opset: opsetCheck,
  executionProviders: {
    takes: "names of execution providers, such as ['cuda', 'cpu']",
    accepts: (got) => Array.isArray(got) && got.length > 0 && Array.from(got).every(isProvider),
  },
  strict: flag,
  sessionOptions: { takes: 'an object with options of ONNX Runtime', accepts: isObject },
};
