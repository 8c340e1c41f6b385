import {
  type CallOptions,
  denominator,
  FocalLossError,
  type Loss,
  layout,
  overlaps,
  type Reduction,
  tally,
} from '@focal-loss/core';
import { checkLogits, type Logits, lane, type NumericArray, numeric, put, type ResultArray } from './arrays.ts';
import { check, type Dtype, MANY_CLASSES, modelChecks, precisionOf, writeModel } from './build.ts';
import { type ExecutionProvider, isPlain, isWeb, nameOf, open, type SessionSettings } from './providers.ts';
import { needsRepair, repair } from './repair.ts';
import { findRuntime, type RuntimeSession, type RuntimeTensor } from './runtime.ts';
import { inTurn } from './turns.ts';

/** What can be passed beside logits and targets. */
export interface RunOptions extends Omit<CallOptions, 'weights'> {
  /** One finite weight ≥ 0 for each target, in any array of numbers. */
  readonly weights?: NumericArray | undefined;
}

/** What can be passed to `valueAndGrad`. */
export interface GradOptions<D extends Dtype> extends RunOptions {
  /** Where the gradient is written instead of into a new array. As long as the logits; may not be the logits. */
  readonly grad?: ResultArray<D> | undefined;
}

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

const OPTIONS = ['runtime', 'dtype', 'opset', 'executionProviders', 'strict', 'sessionOptions'];

/** Logits a run: chunks that stay in a processor's cache, and for anything else as many as memory is sure to hold. */
const CHUNK = { plain: 2 ** 16, other: 2 ** 24 };

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
  checkOptions(loss, options);
  check(loss, { dtype: options.dtype, opset: options.opset }, modelChecks);
  const { dtype = 'float32', opset } = options as CompileOptions;
  const runtime = await findRuntime(options.runtime);
  const softmax = loss.link === 'softmax';
  const precision = precisionOf(dtype);
  const sessions = new Map<string, Promise<RuntimeSession>>();
  const underWay = new Set<Promise<unknown>>();
  let disposed = false;

  /** Whether the bounds of the targets tell all that is to be known of them. */
  const boundsTell = (weights: boolean) => !softmax && !weights && loss.ignoreIndex === undefined;

  /** The session for a kind of call, opened when the first one comes. */
  function session(grad: boolean, weights: boolean, classes: number): Promise<RuntimeSession> {
    const many = classes > MANY_CLASSES ? classes : undefined;
    const key = keyOf(grad, weights, many);
    let opened = sessions.get(key);
    if (opened === undefined) {
      opened = start(grad, weights, many, settings).then(({ session }) => session);
      sessions.set(key, opened);
      // One that could not be opened is tried again.
      opened.catch(() => sessions.delete(key));
    }
    return opened;
  }
  function start(grad: boolean, weights: boolean, many: number | undefined, settings: SessionSettings) {
    const normalizer = loss.reduction === 'mean';
    const model = (provider: ExecutionProvider) =>
      writeModel(loss, {
        dtype,
        opset,
        grad,
        weights,
        normalizer,
        index: 'int32',
        shape: many === undefined ? undefined : ['rows', many],
        checked: false,
        accumulate: isPlain(provider) ? 'float64' : 'float32',
        bounds: isPlain(provider) && boundsTell(weights),
      });
    return open(runtime, loss, model, settings);
  }

  // The first one shows which provider works; the others have to be on the same.
  const first = await start(false, false, undefined, options);
  sessions.set(keyOf(false, false), Promise.resolve(first.session));
  const settings: SessionSettings = { ...options, executionProviders: [first.provider] };
  const plain = isPlain(first.provider);
  const chunk = plain ? CHUNK.plain : CHUNK.other;
  // onnxruntime-node writes an output where it is told to.
  const intoResult = plain && dtype !== 'float16' && !isWeb(runtime);

  async function run(logits: Logits, given: NumericArray, options: GradOptions<D>, wantGrad: boolean) {
    if (disposed) {
      const takes = 'a compiled loss that dispose() has not been called on';
      throw new FocalLossError(loss.name, [{ field: 'run', got: 'a disposed one', takes }]);
    }
    checkLogits(loss, logits);
    const { rows, classes } = layout(loss, logits, given, options, wantGrad ? ['grad'] : []);
    const targets = numeric(given);
    const weights = options.weights === undefined ? undefined : numeric(options.weights);
    // On a processor the graph can tell in passing that no target is outside [0, 1], if nothing else is to be known.
    const unseen =
      plain &&
      boundsTell(weights !== undefined) &&
      (options.normalizer !== undefined || loss.reduction !== 'mean' || loss.normalizer !== 'positives') &&
      !(targets instanceof Float64Array && precision === 'float32');
    const totals = { count: rows, positives: 0, weights: rows };
    const look = () => {
      Object.assign(totals, { count: 0, positives: 0, weights: 0 });
      tally(loss, totals, rows, targets, weights, classes);
    };
    if (!unseen) look();
    const divisor = denominator(loss, totals, options.normalizer);

    const Result = precision === 'float64' ? Float64Array : Float32Array;
    const values = loss.reduction === 'none' ? new Result(rows) : undefined;
    const grad = wantGrad ? (options.grad ?? new Result(rows * classes)) : undefined;
    if (
      grad !== undefined &&
      !(grad instanceof Result && grad.length === rows * classes && !overlaps(grad, logits as ArrayLike<unknown>))
    ) {
      const takes = `a ${Result.name} with one place a logit, ${rows * classes}, in no memory of the logits`;
      throw new FocalLossError(loss.name, [{ field: 'grad', got: grad, takes }]);
    }
    let total = 0;
    if (rows === 0) return { value: values ?? total, grad };

    const at = await session(wantGrad, weights !== undefined, classes);
    const tensor = (type: string, data: object, shape: readonly number[]) =>
      new runtime.Tensor(type as never, data as never, shape);
    const told = plain && boundsTell(weights !== undefined);
    const step = Math.max(1, Math.floor(chunk / classes));
    for (let from = 0; from < rows; from += step) {
      const n = Math.min(step, rows - from);
      const input = {
        logits: lane(logits as ArrayLike<number>, dtype, from * classes, n * classes),
        targets: lane(targets, softmax ? 'int32' : precision, from, n),
        weights: weights && lane(weights, precision, from, n),
      };
      const feeds: Record<string, RuntimeTensor> = {
        logits: tensor(dtype, input.logits, softmax ? [n, classes] : [n]),
        targets: tensor(softmax ? 'int32' : precision, input.targets, [n]),
      };
      if (input.weights) feeds.weights = tensor(precision, input.weights, [n]);
      if (loss.reduction === 'mean') feeds.normalizer = tensor(precision, Result.of(divisor), []);
      const place = intoResult ? grad?.subarray(from * classes, (from + n) * classes) : undefined;
      const fetches = place && {
        value: null,
        ...(told && { least: null, largest: null }),
        grad: tensor(dtype, place, feeds.logits.dims),
      };
      const out = await inTurn(runtime, () => (fetches === undefined ? at.run(feeds) : at.run(feeds, fetches)));

      const part = values ? sum(out.value.data) : out.value.data[0];
      const bad = unseen && !(out.least.data[0] >= 0 && out.largest.data[0] <= 1);
      if (unseen && (bad || Number.isNaN(part))) look();
      if (needsRepair(part, precision)) {
        const exact = repair(loss, logits, targets, weights, divisor, from, n, classes);
        total += exact.total;
        values?.set(exact.values, from);
        grad?.set(exact.grad, from * classes);
      } else {
        total += part;
        if (values) put(out.value.data, values, from);
        if (grad && out.grad.data !== place) put(out.grad.data, grad, from * classes);
      }
    }
    return { value: values ?? total, grad };
  }

  /** A call that `dispose` waits for. */
  function tracked<T>(call: Promise<T>): Promise<T> {
    underWay.add(call);
    const done = () => underWay.delete(call);
    call.then(done, done);
    return call;
  }

  return {
    executionProvider: nameOf(first.provider),
    async value(logits, targets, options = {}) {
      return (await tracked(run(logits, targets, options, false))).value as Value<R, D>;
    },
    async valueAndGrad(logits, targets, options = {}) {
      const { value, grad } = await tracked(run(logits, targets, options, true));
      return { value: value as Value<R, D>, grad: grad as ResultArray<D> };
    },
    async dispose() {
      disposed = true;
      await Promise.allSettled(underWay);
      const all = [...sessions.values()];
      sessions.clear();
      for (const opened of all) {
        const session = await opened;
        await inTurn(runtime, () => session.release());
      }
    },
  };
}

/** What tells sessions apart: outputs, inputs, and the number of classes where it is part of the graph. */
const keyOf = (grad: boolean, weights: boolean, many?: number) => [grad, weights, many].join();

/** Of a chunk: whether any of it is out of range, not how large. */
function sum(numbers: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i];
  return total;
}

function checkOptions(loss: Loss, options: CompileOptions): void {
  const problems = Object.entries(options)
    .filter(([field]) => !OPTIONS.includes(field))
    .map(([field, got]) => ({ field, got, takes: `nothing: the options are ${OPTIONS.join(', ')}` }));
  const { executionProviders, strict } = options;
  const isProvider = (got: unknown) => typeof got === 'string' || typeof (got as { name?: unknown })?.name === 'string';
  if (
    executionProviders !== undefined &&
    !(Array.isArray(executionProviders) && executionProviders.length > 0 && executionProviders.every(isProvider))
  ) {
    const takes = "names of execution providers, such as ['cuda', 'cpu']";
    problems.push({ field: 'executionProviders', got: executionProviders, takes });
  }
  if (strict !== undefined && typeof strict !== 'boolean') {
    problems.push({ field: 'strict', got: strict, takes: 'true or false' });
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);
}
