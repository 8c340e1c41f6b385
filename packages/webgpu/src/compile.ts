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
import { bufferOf, USAGE } from './buffers.ts';
import { type BufferRange, checkArrays, type EncodeOptions } from './call.ts';
import {
  checkLimits,
  leave,
  lostError,
  measureSubgroup,
  preparePipeline,
  type SharedResources,
  sharedBy,
} from './device.ts';
import { encode } from './encode.ts';
import { kernel } from './kernel.ts';
import { lanesFor, widthFor } from './plan.ts';
import { posteriorArrays } from './posterior.ts';
import { totalKernel } from './reduce.ts';
import { isEach } from './spec.ts';
import type { Dtype, Targets } from './storage.ts';

export type { BufferRange, Dtype, EncodeOptions, Targets };

/** What a loss evaluates to on the host. */
export type Value<R extends Reduction> = R extends 'none' | 'example' ? Float32Array<ArrayBuffer> : number;

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
  ): Promise<{ value: Value<R>; grad: Float32Array<ArrayBuffer> }>;

  /**
   * As `valueAndGrad`, and the diagonal of ∂²(reduced loss)/∂logits², laid out as the logits.
   *
   * @throws {@link FocalLossError} as `value` does.
   */
  valueGradHess(
    logits: ArrayLike<number>,
    targets: ArrayLike<number>,
    options?: CallOptions,
  ): Promise<{ value: Value<R>; grad: Float32Array<ArrayBuffer>; hess: Float32Array<ArrayBuffer> }>;

  /**
   * The probability that logits stand for if the model was trained with this loss: of a target being 1 (sigmoid), of each
   * class (softmax). Laid out as the logits; with `logit: true` as log(η/(1−η)), at a softmax log η.
   *
   * @throws {@link FocalLossError} (as a rejection) with the reason, of a loss whose minimum does not tell it; or naming what
   *   does not fit.
   */
  posterior(logits: ArrayLike<number>, options?: PosteriorOptions): Promise<Float32Array<ArrayBuffer>>;

  /**
   * Records the loss into `encoder`, for buffers that are on the GPU already: nothing is read back, nothing waits. The
   * same buffers may be recorded again and again. A target or weight that is none makes its entry NaN.
   *
   * @throws {@link FocalLossError} naming each buffer that lacks a usage flag, is too short, overlaps one that is written
   *   or starts at an offset the device does not take; or that the device is lost or the loss disposed of.
   */
  encode(encoder: GPUCommandEncoder, options: EncodeOptions): void;

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
  const { device, ...formats } = checkCompileOptions(loss, options);
  const { dtype } = formats;
  const shared = sharedBy(device);
  checkLimits(loss.name, shared);
  const subgroup = await measureSubgroup(shared);
  const each = isEach(loss);
  const plain = { weighted: false, measured: false, targetRows: false, strided: false, ...formats };
  const spec = { loss, wants: ['value', 'grad'], ...plain } as const;
  const lanes = lanesFor(loss.link === 'softmax' && Array.isArray(loss.alpha) ? loss.alpha.length : 2);
  const widths = new Set([1, 4].map((n) => widthFor(spec, n)));
  const texts = [...widths].map((width) => kernel({ ...spec, lanes, width, subgroup }));
  if (!each) texts.push(totalKernel(1, shared, false));
  await guard(loss, shared, () => Promise.all(texts.map((code) => preparePipeline(shared, code))));
  shared.users++;
  const alphas = Array.isArray(loss.alpha)
    ? bufferOf(device, 'focal-loss alpha', USAGE.STORAGE, alphasOf(loss, loss.alpha))
    : undefined;
  if (alphas) shared.own++;
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
  ): Promise<{ value: Value<R>; grad: Float32Array<ArrayBuffer>; hess: Float32Array<ArrayBuffer> }> {
    checkAlive();
    const { weights, ...checked } = checkArrays(loss, logits, targets, call);
    const answer = await runArrays({ shared, loss, dtype, alphas, wants, ...checked }, logits, targets, weights);
    return { ...answer, value: answer.value as Value<R> };
  }

  return {
    value: async (logits, targets, call = {}) => (await run(logits, targets, call, ['value'])).value,
    async valueAndGrad(logits, targets, call = {}) {
      const { value, grad } = await run(logits, targets, call, ['value', 'grad']);
      return { value, grad };
    },
    async posterior(logits, call = {}) {
      checkAlive();
      return posteriorArrays({ shared, loss, dtype }, logits, call);
    },
    valueGradHess: (logits, targets, call = {}) => run(logits, targets, call, ['value', 'grad', 'hess']),
    encode(encoder, call) {
      checkAlive();
      encode(shared, loss, formats, alphas, encoder, call);
    },
    dispose() {
      if (disposed) return;
      disposed = true;
      alphas?.destroy();
      if (alphas) shared.own--;
      leave(shared);
    },
  };
}

/** One α a class; at a sigmoid with 1 − α behind each, which of a rounded α has lost an α near 1. */
const alphasOf = ({ link }: Loss, alpha: readonly number[]): Float32Array<ArrayBuffer> =>
  Float32Array.from(link === 'softmax' ? alpha : alpha.flatMap((own) => Object.values(factorsOf(own))));

function checkCompileOptions(
  loss: Loss,
  options: CompileOptions,
): { device: GPUDevice; dtype: Dtype; targets: Targets } {
  const isDevice = (device: unknown) =>
    typeof (device as Partial<GPUDevice> | null)?.createComputePipelineAsync === 'function';
  const takes = 'a GPUDevice';
  // Of options the one that has no default.
  const missing = options?.device === undefined ? [{ field: 'device', got: undefined, takes }] : [];
  const checks = {
    device: { takes, accepts: isDevice },
    dtype: oneOf('float32', 'float16'),
    targets: oneOf('float32', 'uint32', 'int32', 'uint8'),
  };
  const { device, dtype = 'float32', targets = 'float32' } = checkOptions(loss.name, options ?? {}, checks, missing);
  return { device: device as GPUDevice, dtype: dtype as Dtype, targets: targets as Targets };
}

/** Turns the failures of compiling into errors that say what failed. */
async function guard(loss: Loss, shared: SharedResources, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof FocalLossError) throw error;
    await Promise.race([shared.device.lost, new Promise((resolve) => setTimeout(resolve, 0))]);
    if (shared.lost !== undefined) throw lostError(loss.name, shared.lost);
    const takes = `one whose WGSL compiles (${error instanceof Error ? error.message : error})`;
    throw new FocalLossError(loss.name, [{ field: 'formula', got: loss.formula, takes }]);
  }
  if (shared.lost !== undefined) throw lostError(loss.name, shared.lost);
}
