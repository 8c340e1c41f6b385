import {
  type Checks,
  checkLoss,
  checkOptions,
  type Derivative,
  FocalLossError,
  flag,
  type Loss,
  type PosteriorOptions,
  type Reduction,
} from '@focal-loss/core';
import { type Dtype, type LossModelOptions, precisionOf } from '@focal-loss/onnx';
import type { Logits, NumericArray, ResultArray } from './arrays.ts';
import { dtypeCheck, opsetCheck } from './build.ts';
import { checkCall, type GradOptions, type RunOptions, valueOfNothing } from './call.ts';
import { runChunks } from './chunks.ts';
import { type DeviceOptions, posteriorOnDevice, runOnDevice } from './device.ts';
import { runPosterior } from './posterior.ts';
import { isPlain, isWeb, nameOf, type SessionSettings } from './providers.ts';
import { findRuntime } from './runtime.ts';
import { openSessions, tellsBounds } from './sessions.ts';
import { checkLocation, type DeviceTensor, isTensor, locationCheck, type PreferredOutputLocation } from './tensors.ts';

/** What a loss evaluates to. */
export type Value<R extends Reduction, D extends Dtype> = R extends 'none' | 'example' ? ResultArray<D> : number;

/** A loss that runs on ONNX Runtime. */
export interface OnnxLoss<R extends Reduction = Reduction, D extends Dtype = Dtype> {
  /** The execution provider that runs it. */
  readonly executionProvider: string;

  /**
   * The reduced loss: a number, or for reduction `'none'` an array with one loss a target, for `'example'` one sum an example.
   *
   * @param logits Sigmoid: any length. Softmax: rows·classes, row by row, with `shape: [rows, classes]`; or of any shape with the
   *   classes along `axis`.
   * @param targets Sigmoid: one in [0, 1] a logit. Softmax: one class index a row, or probabilities, as many as logits and laid out
   *   as they are; distribution focal: one place a row.
   * @throws {@link FocalLossError} (a rejection) naming the argument, its length and what was expected, or the index of a
   *   bad target.
   */
  value(logits: Logits, targets: NumericArray, options?: RunOptions): Promise<Value<R, D>>;
  /**
   * The same of logits that are a tensor on the GPU, in the dtype of `compile`. Of targets and weights that are tensors, too (int32
   * indices, or floats of the dtype), nobody can look at the numbers: what is none becomes NaN.
   *
   * @returns Where `preferredOutputLocation` says so a tensor on the GPU, which is yours to dispose.
   * @throws {@link FocalLossError} (a rejection) naming a tensor that is disposed, elsewhere, or of another type or other dims.
   */
  value<T extends DeviceTensor>(
    logits: T,
    targets: T | NumericArray,
    options?: DeviceOptions<T>,
  ): Promise<Value<R, D> | T>;

  /**
   * The reduced loss and ∂(reduced loss)/∂logits; for reduction `'none'` and `'example'` the derivative of each loss. Rejects as
   * `value` does.
   */
  valueAndGrad(
    logits: Logits,
    targets: NumericArray,
    options?: GradOptions<D>,
  ): Promise<{ value: Value<R, D>; grad: ResultArray<D> }>;
  /** The same of a tensor on the GPU, as `value`. */
  valueAndGrad<T extends DeviceTensor>(
    logits: T,
    targets: T | NumericArray,
    options?: DeviceOptions<T>,
  ): Promise<{ value: Value<R, D> | T; grad: ResultArray<D> | T }>;

  /** The same and the diagonal of ∂²(reduced loss)/∂logits², computed in float64 where the provider has it. Rejects as `value` does. */
  valueGradHess(
    logits: Logits,
    targets: NumericArray,
    options?: GradOptions<D>,
  ): Promise<{ value: Value<R, D>; grad: ResultArray<D>; hess: ResultArray<D> }>;
  /** The same of a tensor on the GPU, as `value`. */
  valueGradHess<T extends DeviceTensor>(
    logits: T,
    targets: T | NumericArray,
    options?: DeviceOptions<T>,
  ): Promise<{ value: Value<R, D> | T; grad: ResultArray<D> | T; hess: ResultArray<D> | T }>;

  /**
   * The probability that the minimum of the loss stands for: of a target being 1 (sigmoid), of each class (softmax). As long as the
   * logits, and laid out as they are.
   *
   * @throws {@link FocalLossError} (a rejection) naming the argument, or saying why this loss's minimum tells no probability.
   */
  posterior(logits: Logits, options?: PosteriorOptions): Promise<ResultArray<D>>;
  /** The same of a tensor on the GPU, as `value`. */
  posterior<T extends DeviceTensor>(logits: T, options?: Omit<PosteriorOptions, 'shape'>): Promise<ResultArray<D> | T>;

  /** Gives the sessions back, after the calls under way. Later calls reject. */
  dispose(): Promise<void>;
}

/** What can be chosen once for all calls. */
export interface CompileOptions<D extends Dtype = Dtype> extends SessionSettings, Pick<LossModelOptions, 'opset'> {
  /** `import * as ort from 'onnxruntime-node'`, or `'onnxruntime-web'`. Default: the one that is installed. */
  readonly runtime?: unknown;
  /** In which float logits go in; see {@link ModelOptions.dtype}. Default `'float32'`. */
  readonly dtype?: D | undefined;
  /** Which axis of the logits has the classes, for calls that give a `shape` and no axis. Default −1. */
  readonly axis?: number | undefined;
  /**
   * Where results go of calls whose logits are a tensor on the GPU: `'gpu-buffer'` leaves them there, `{ grad: 'gpu-buffer' }` the
   * gradient only. Default `'cpu'`. Of onnxruntime-web on WebGPU.
   */
  readonly preferredOutputLocation?: PreferredOutputLocation | undefined;
}

/**
 * Makes a loss run on ONNX Runtime. The graph is that of {@link buildModel}, as plain nodes; targets and weights are looked at before
 * it runs, denominators are counted and chunks added up in float64.
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
  const { dtype = 'float32', opset, axis } = given;
  const runtime = await findRuntime(given.runtime);
  const { preferredOutputLocation: location } = given;
  const sessions = await openSessions(runtime, loss, { dtype, opset }, given, location);
  const { provider } = sessions;
  const place = { runtime, provider };
  try {
    checkLocation(loss, location, place);
  } catch (error) {
    await sessions.release();
    throw error;
  }
  const precision = precisionOf(dtype);
  const onProcessor = isPlain(provider);
  // onnxruntime-node writes an output where it is told to.
  const writesInto = onProcessor && dtype !== 'float16' && !isWeb(runtime);
  const underWay = new Set<Promise<unknown>>();
  let disposed = false;

  function checkOpen(): void {
    if (!disposed) return;
    const takes = 'a compiled loss that dispose() has not been called on';
    throw new FocalLossError(loss.name, [{ field: 'run', got: 'a disposed one', takes }]);
  }

  async function run(logits: AnyLogits, targets: AnyTargets, options: AnyOptions, wants: readonly Derivative[]) {
    checkOpen();
    if (isTensor(logits)) {
      return runOnDevice(loss, logits, targets, options, wants, { ...place, sessions, dtype, axis });
    }
    for (const [field, got] of Object.entries({ targets, weights: options?.weights })) {
      const takes = 'an array: tensors go beside logits that are one';
      if (isTensor(got)) throw new FocalLossError(loss.name, [{ field, got: 'a tensor', takes }]);
    }
    const call = checkCall(
      loss,
      logits,
      targets as NumericArray,
      options as RunOptions,
      wants,
      precision,
      onProcessor,
      axis,
    );
    const { rows, classes, targetRows, examples, place: grad, hess } = call;
    if (rows === 0) return { value: valueOfNothing(loss, precision, examples), grad, hess };
    const weights = call.weights !== undefined;
    const session = await sessions.of({ wants, weights, classes, targetRows });
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

  const methods = {
    executionProvider: nameOf(provider),
    async value(logits: AnyLogits, targets: AnyTargets, options: AnyOptions = {}) {
      return (await tracked(run(logits, targets, options, ['value']))).value;
    },
    async valueAndGrad(logits: AnyLogits, targets: AnyTargets, options: AnyOptions = {}) {
      const { value, grad } = await tracked(run(logits, targets, options, ['value', 'grad']));
      return { value, grad };
    },
    async valueGradHess(logits: AnyLogits, targets: AnyTargets, options: AnyOptions = {}) {
      const { value, grad, hess } = await tracked(run(logits, targets, options, ['value', 'grad', 'hess']));
      return { value, grad, hess };
    },
    async posterior(logits: AnyLogits, options: PosteriorOptions = {}) {
      checkOpen();
      const machine = { ...place, sessions, dtype, onProcessor, axis };
      return tracked<unknown>(
        isTensor(logits)
          ? posteriorOnDevice(loss, logits, options, machine)
          : runPosterior(loss, logits, options, machine, axis),
      );
    },
    async dispose() {
      disposed = true;
      await Promise.allSettled(underWay);
      await sessions.release();
    },
  };
  return methods as unknown as OnnxLoss<R, D>;
}

type AnyLogits = Logits | DeviceTensor;
type AnyTargets = NumericArray | DeviceTensor;
type AnyOptions = RunOptions | DeviceOptions;

const isProvider = (got: unknown) => typeof got === 'string' || typeof (got as { name?: unknown })?.name === 'string';
const isObject = (got: unknown) => (typeof got === 'object' && got !== null) || typeof got === 'function';

const checks: Checks = {
  runtime: { takes: 'onnxruntime-node or onnxruntime-web', accepts: isObject },
  dtype: dtypeCheck,
  axis: { takes: 'a whole number', accepts: Number.isInteger },
  opset: opsetCheck,
  executionProviders: {
    takes: "names of execution providers, such as ['cuda', 'cpu']",
    accepts: (got) => Array.isArray(got) && got.length > 0 && Array.from(got).every(isProvider),
  },
  strict: flag,
  sessionOptions: {
    takes: 'an object with options of ONNX Runtime; preferredOutputLocation is one of compile',
    accepts: (got) =>
      Object.prototype.toString.call(got) === '[object Object]' && !('preferredOutputLocation' in (got as object)),
  },
  preferredOutputLocation: locationCheck,
};
