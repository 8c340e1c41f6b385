import {
  type CallOptions,
  checkLoss,
  checkOptions,
  type Derivative,
  FocalLossError,
  type Loss,
  oneOf,
  type Reduction,
} from '@focal-loss/core';
import { runArrays } from './arrays.ts';
import { USAGE } from './buffers.ts';
import { type BufferRange, checkArrays, type EncodeOptions } from './call.ts';
import { leave, lostError, measureSubgroup, preparePipeline, type SharedResources, sharedBy } from './device.ts';
import { encode } from './encode.ts';
import { kernel } from './kernel.ts';
import { lanesFor, widthFor } from './plan.ts';
import { totalKernel } from './reduce.ts';
import type { Dtype } from './storage.ts';

export type { BufferRange, Dtype, EncodeOptions };

/** What a loss evaluates to on the host. */
export type Value<R extends Reduction> = R extends 'none' ? Float32Array<ArrayBuffer> : number;

/** A loss that runs on a GPU. */
export interface WebGpuLoss<R extends Reduction = Reduction> {
  /**
   * The reduced loss of numbers on the host: a number, or for reduction `'none'` an array with one loss a target. Any
   * number of calls may be under way at once.
   *
   * @param logits Sigmoid: any length. Softmax: rows·classes, row by row, with `shape: [rows, classes]`. Rounded to the
   *   dtype of the compiled loss.
   * @param targets Sigmoid: one in [0, 1] a logit. Softmax: one class index a row.
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
   * How logits and gradient lie in GPU buffers. Arithmetic is float32 always; targets, weights and values too. Default
   * `'float32'`.
   */
  readonly dtype?: Dtype | undefined;
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
  const { device, dtype } = checkCompileOptions(loss, options);
  const shared = sharedBy(device);
  const subgroup = await measureSubgroup(shared);
  const each = loss.reduction === 'none';
  const spec = { loss, dtype, wants: ['value', 'grad'], weighted: false, measured: false } as const;
  const lanes = lanesFor(Array.isArray(loss.alpha) ? loss.alpha.length : 2);
  const widths = new Set([1, 4].map((n) => widthFor(loss, dtype, n)));
  const texts = [...widths].map((width) => kernel({ ...spec, lanes, width, subgroup }));
  if (!each) texts.push(totalKernel(1, subgroup, false));
  await guard(loss, shared, () => Promise.all(texts.map((code) => preparePipeline(shared, code))));
  shared.users++;
  const alphas = Array.isArray(loss.alpha) ? upload(device, loss.alpha) : undefined;
  if (alphas) shared.own++;
  let disposed = false;

  function checkAlive(): void {
    if (disposed) {
      throw new FocalLossError(loss.name, [
        { field: 'call', got: 'a loss after dispose()', takes: 'one still in use' },
      ]);
    }
    if (shared.lost !== undefined) throw lostError(loss.name, shared.lost);
  }

  async function run(
    logits: ArrayLike<number>,
    targets: ArrayLike<number>,
    call: CallOptions,
    wants: readonly Derivative[],
  ): Promise<{ value: Value<R>; grad: Float32Array<ArrayBuffer> }> {
    checkAlive();
    const { weights, ...checked } = checkArrays(loss, logits, targets, call);
    const answer = await runArrays({ shared, loss, dtype, alphas, wants, ...checked }, logits, targets, weights);
    return answer as { value: Value<R>; grad: Float32Array<ArrayBuffer> };
  }

  return {
    value: async (logits, targets, call = {}) => (await run(logits, targets, call, ['value'])).value,
    valueAndGrad: (logits, targets, call = {}) => run(logits, targets, call, ['value', 'grad']),
    encode(encoder, call) {
      checkAlive();
      encode(shared, loss, dtype, alphas, encoder, call);
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

function checkCompileOptions(loss: Loss, options: CompileOptions): { device: GPUDevice; dtype: Dtype } {
  const isDevice = (device: unknown) =>
    typeof (device as Partial<GPUDevice> | null)?.createComputePipelineAsync === 'function';
  const takes = 'a GPUDevice';
  // Of options the one that has no default.
  const missing = options?.device === undefined ? [{ field: 'device', got: undefined, takes }] : [];
  const checks = { device: { takes, accepts: isDevice }, dtype: oneOf('float32', 'float16') };
  const { device, dtype = 'float32' } = checkOptions(loss.name, options ?? {}, checks, missing);
  return { device: device as GPUDevice, dtype: dtype as Dtype };
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

function upload(device: GPUDevice, numbers: readonly number[]): GPUBuffer {
  const size = Math.max(4 * numbers.length, 4);
  const buffer = device.createBuffer({ label: 'focal-loss alpha', size, usage: USAGE.STORAGE, mappedAtCreation: true });
  new Float32Array(buffer.getMappedRange()).set(numbers);
  buffer.unmap();
  return buffer;
}
