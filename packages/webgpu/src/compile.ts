import {
  type CallOptions,
  checkLoss,
  checkOptions,
  type Derivative,
  FocalLossError,
  factorsOf,
  type Loss,
  oneOf,
  type PosteriorOptions,
  type Reduction,
} from '@focal-loss/core';
import { runArrays } from './arrays.ts';
import { type BoundCall, bindCall } from './bound.ts';
import { bufferOf, USAGE } from './buffers.ts';
import { checkArrays, type EncodeOptions } from './call.ts';
import { type CountOptions, countPositives } from './count.ts';
import { checkLimits, leave, lostError, measureSubgroup, sharedBy } from './device.ts';
import type { Setting } from './encode.ts';
import type { Encoder } from './encoder.ts';
import { posteriorArrays } from './posterior.ts';
import { type Prepared, prepared, textsFor } from './prepare.ts';
import type { BufferRange } from './ranges.ts';
import { Recipes } from './recipes.ts';
import type { Dtype, Targets } from './storage.ts';

export type { BoundCall, BufferRange, CountOptions, Dtype, EncodeOptions, Encoder, Prepared, Targets };

/** A Float32Array whose memory nobody shares. By a function that makes one: before TypeScript 5.7 the type takes no argument. */
export type OwnFloats = ReturnType<Float32ArrayConstructor['of']>;

/** What a loss evaluates to on the host. */
export type Value<R extends Reduction> = R extends 'none' | 'example' ? OwnFloats : number;

/** A loss that runs on a GPU. */
export interface WebGpuLoss<R extends Reduction = Reduction> {
  /**
   * The reduced loss of numbers on the host: a number, or for reduction `'none'` an array with one loss a target, for
   * `'example'` one sum an example. Any number of calls may be under way at once.
   *
   * @param logits Sigmoid: any length. Softmax: of any `shape`, with the classes along `axis`, by default the last. Rounded to
   *   the dtype of the compiled loss.
   * @param targets Sigmoid: one in [0, 1] a logit. Softmax: one class index or place a row, or rows of probabilities as long as
   *   the logits.
   * @throws {@link FocalLossError} (as a rejection) naming the argument, its length and what was expected, the index of a
   *   bad target, or that the device is lost or the loss disposed of.
   */
  value(logits: ArrayLike<number>, targets: ArrayLike<number>, options?: CallOptions): Promise<Value<R>>;

  /**
   * The reduced loss and ∂(reduced loss)/∂logits, in one pass over the logits; for reduction `'none'` the elementwise
   * derivative.
   *
   * @throws {@link FocalLossError} as `value` does.
   */
  valueAndGrad(
    logits: ArrayLike<number>,
    targets: ArrayLike<number>,
    options?: CallOptions,
  ): Promise<{ value: Value<R>; grad: OwnFloats }>;

  /**
   * As `valueAndGrad`, and the diagonal of ∂²(reduced loss)/∂logits², laid out as the logits.
   *
   * @throws {@link FocalLossError} as `value` does.
   */
  valueGradHess(
    logits: ArrayLike<number>,
    targets: ArrayLike<number>,
    options?: CallOptions,
  ): Promise<{ value: Value<R>; grad: OwnFloats; hess: OwnFloats }>;

  /**
   * The probability that logits stand for if the model was trained with this loss: of a target being 1 (sigmoid), of each
   * class (softmax). Laid out as the logits; with `logit: true` as log(η/(1−η)), at a softmax log η.
   *
   * @throws {@link FocalLossError} (as a rejection) with the reason, of a loss whose minimum does not tell it; or naming what
   *   does not fit.
   */
  posterior(logits: ArrayLike<number>, options?: PosteriorOptions): Promise<OwnFloats>;

  /**
   * Records the loss into `encoder`, for buffers that are on the GPU already: nothing is read back, nothing waits. The
   * same buffers may be recorded again and again. A target or weight that is none makes its entry NaN. A kind of call that was
   * not prepared works; its pipelines are made on the spot, which blocks, and a warning on the console says so, once.
   *
   * @param encoder A command encoder, or a compute pass that is open and stays so.
   * @throws {@link FocalLossError} naming each buffer that lacks a usage flag, is too short, overlaps one that is written
   *   or starts at an offset the device does not take; or that the device is lost or the loss disposed of.
   */
  encode(encoder: Encoder, options: EncodeOptions): void;

  /**
   * A call of `encode` that is looked at once and recorded many times: recording it makes no object and looks at nothing.
   *
   * @throws {@link FocalLossError} as `encode` does.
   */
  bind(options: EncodeOptions): BoundCall;

  /**
   * Records the count of positives: the sum of the targets, at a softmax the number of those that are no background. It is what
   * normalizer `'positives'` counts but for being at least 1, whatever the loss's own normalizer. Several calls into one buffer
   * make one `normalizer` for all of them.
   *
   * @throws {@link FocalLossError} naming each buffer that will not do; or that a softmax loss has no `background`.
   */
  countPositives(encoder: Encoder, options: CountOptions): void;

  /**
   * Gives back what the loss holds. Calls under way are still answered; later ones, and command buffers recorded with
   * `encode` and not yet submitted, fail. The device stays the user's.
   */
  dispose(): void;
}

/** What can be chosen once for all calls. */
export interface CompileOptions {
  /** The user's. It is never destroyed here. */
  readonly device: GPUDevice;
  /**
   * How logits and gradient lie in GPU buffers. Arithmetic is float32 always; weights, values and second derivatives too.
   * Default `'float32'`.
   */
  readonly dtype?: Dtype | undefined;
  /**
   * How targets lie in the buffers of `encode`: float32, or whole numbers, of uint8 four to a word. Default `'float32'`, where
   * whole numbers written as integers make NaN.
   */
  readonly targets?: Targets | undefined;
  /**
   * The kinds of call of `encode` and `bind` whose pipelines are made here, so that none blocks. Default: value and gradient, without
   * weights. An empty list prepares nothing, and nobody is warned. (Calls with arrays make theirs without blocking.)
   */
  readonly prepare?: readonly Prepared[] | undefined;
}

/**
 * Makes a loss run on a GPU. Its WGSL is written from the formula, here and now; losses that differ in numbers only (γ, β,
 * α, `ignoreIndex`) share pipelines.
 *
 * @throws {@link FocalLossError} (as a rejection) if an option is none, or the formula cannot be compiled.
 *
 * @example
 * ```ts
 * const adapter = await navigator.gpu.requestAdapter();
 * const device = await adapter.requestDevice();
 * const run = await compile(sigmoidFocal({ gamma: 2, alpha: 0.25 }), { device });
 * const { value, grad } = await run.valueAndGrad(new Float32Array([2, -1]), [1, 0]);
 * ```
 */
export async function compile<R extends Reduction>(loss: Loss<R>, options: CompileOptions): Promise<WebGpuLoss<R>> {
  checkLoss('compile', loss);
  const { device, dtype, targets, prepare } = checkCompileOptions(loss, options);
  const shared = sharedBy(device);
  checkLimits(loss.name, shared);
  await measureSubgroup(shared);
  const bare = { shared, loss, dtype, targets, alphas: undefined };
  // Written even where nothing is prepared, so that a formula that has no text is found here.
  const usual = textsFor(bare, {});
  const texts = prepare === undefined ? usual : new Set(Array.from(prepare).flatMap((one) => [...textsFor(bare, one)]));
  await prepared(loss, shared, texts);
  shared.users++;
  const alphas = Array.isArray(loss.alpha)
    ? bufferOf(device, 'focal-loss alpha', USAGE.STORAGE, alphasOf(loss, loss.alpha))
    : undefined;
  if (alphas) shared.own++;
  const setting: Setting = { ...bare, alphas };
  let warns = prepare === undefined || prepare.length > 0;
  let disposed = false;

  function checkAlive(): void {
    if (disposed) {
      throw new FocalLossError(loss.name, [
        { field: 'call', got: 'a loss after dispose()', takes: 'a loss that is still in use' },
      ]);
    }
    if (shared.lost !== undefined) throw lostError(loss.name, shared.lost);
  }

  async function run(
    logits: ArrayLike<number>,
    targets: ArrayLike<number>,
    call: CallOptions,
    wants: readonly Derivative[],
  ): Promise<{ value: Value<R>; grad: OwnFloats; hess: OwnFloats }> {
    checkAlive();
    const { weights, ...checked } = checkArrays(loss, logits, targets, call);
    const work = () => runArrays({ shared, loss, dtype, alphas, wants, ...checked }, logits, targets, weights);
    const answer = await held(work);
    return { ...answer, value: answer.value as Value<R> };
  }

  /** A call under way, which needs what all share even if the loss is disposed of meanwhile. */
  async function held<T>(work: () => Promise<T>): Promise<T> {
    shared.users++;
    try {
      return await work();
    } finally {
      leave(shared);
    }
  }

  /** Says once that pipelines had to be made. */
  function warn(like: string): void {
    if (warns)
      console.warn(
        `@focal-loss/webgpu: a call of ${loss.name} blocked to make its pipelines; compile with prepare: [${like}]`,
      );
    warns = false;
  }

  const recipes = new Recipes(setting, warn);
  return {
    value: async (logits, targets, call = {}) => (await run(logits, targets, call, ['value'])).value,
    async valueAndGrad(logits, targets, call = {}) {
      const { value, grad } = await run(logits, targets, call, ['value', 'grad']);
      return { value, grad };
    },
    async posterior(logits, call = {}) {
      checkAlive();
      return held(() => posteriorArrays({ shared, loss, dtype }, logits, call));
    },
    valueGradHess: (logits, targets, call = {}) => run(logits, targets, call, ['value', 'grad', 'hess']),
    encode(encoder, call) {
      checkAlive();
      bindCall(loss.name, recipes, call, encoder).encode(encoder);
    },
    bind(call) {
      checkAlive();
      const { encode } = bindCall(loss.name, recipes, call);
      return {
        encode(encoder) {
          checkAlive();
          encode(encoder);
        },
      };
    },
    countPositives(encoder, call) {
      checkAlive();
      countPositives(setting, encoder, call);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      recipes.clear();
      alphas?.destroy();
      if (alphas) shared.own--;
      leave(shared);
    },
  };
}

/** One α a class; at a sigmoid with 1 − α behind each, which of a rounded α has lost an α near 1. */
const alphasOf = ({ link }: Loss, alpha: readonly number[]): OwnFloats =>
  Float32Array.from(link === 'softmax' ? alpha : alpha.flatMap((own) => Object.values(factorsOf(own))));

function checkCompileOptions(
  loss: Loss,
  options: CompileOptions,
): { device: GPUDevice; dtype: Dtype; targets: Targets; prepare: readonly Prepared[] | undefined } {
  const isDevice = (device: unknown) =>
    typeof (device as Partial<GPUDevice> | null)?.createComputePipelineAsync === 'function';
  const takes = 'a GPUDevice';
  // Of options the one that has no default.
  const missing = options?.device === undefined ? [{ field: 'device', got: undefined, takes }] : [];
  const checks = {
    device: { takes, accepts: isDevice },
    dtype: oneOf('float32', 'float16'),
    targets: oneOf('float32', 'uint32', 'int32', 'uint8'),
    prepare: { takes: 'a list of the kinds of call to be', accepts: Array.isArray },
  };
  const {
    device,
    dtype = 'float32',
    targets = 'float32',
    prepare,
  } = checkOptions(loss.name, options ?? {}, checks, missing);
  return {
    device: device as GPUDevice,
    dtype: dtype as Dtype,
    targets: targets as Targets,
    prepare: prepare as readonly Prepared[] | undefined,
  };
}
