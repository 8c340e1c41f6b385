import { type Check, FocalLossError, type Loss } from '@focal-loss/core';
import { type ExecutionProvider, isWeb, nameOf } from './providers.ts';
import type { Runtime } from './runtime.ts';

/** As much of a tensor on the GPU as is looked at here: an `ort.Tensor` of onnxruntime-web with `location: 'gpu-buffer'` is one. */
export interface DeviceTensor {
  readonly location: string;
  readonly type: string;
  readonly dims: readonly number[];
}

/** Where results of calls with tensors on the GPU go: all of them, or each. */
export type OutputLocation = 'cpu' | 'gpu-buffer';
export type PreferredOutputLocation =
  | OutputLocation
  | Readonly<Partial<Record<'value' | 'grad' | 'hess' | 'posterior', OutputLocation>>>;

const isLocation = (got: unknown) => got === 'cpu' || got === 'gpu-buffer';

/** The option of `compile`. */
export const locationCheck: Check = {
  takes: "'cpu', 'gpu-buffer', or one of them for each of value, grad, hess, posterior",
  accepts: (got) =>
    isLocation(got) ||
    (Object.prototype.toString.call(got) === '[object Object]' &&
      Object.entries(got as object).every(
        ([key, one]) => ['value', 'grad', 'hess', 'posterior'].includes(key) && isLocation(one),
      )),
};

/** On what a call with tensors would run. */
export interface Place {
  readonly runtime: Runtime;
  readonly provider: ExecutionProvider;
}

/** Whether something is a tensor of ONNX Runtime, wherever its numbers are. */
export function isTensor(got: unknown): got is DeviceTensor {
  if (typeof got !== 'object' || got === null || ArrayBuffer.isView(got)) return false;
  const { location, type, dims } = got as Partial<DeviceTensor>;
  return typeof location === 'string' && typeof type === 'string' && Array.isArray(dims);
}

/** Whether sessions take tensors on the GPU and leave results there: those of onnxruntime-web on WebGPU. */
export const takesTensors = ({ runtime, provider }: Place) => isWeb(runtime) && nameOf(provider) === 'webgpu';

/** @throws {@link FocalLossError} if results are to stay on a GPU where they cannot. */
export function checkLocation(loss: Loss, location: PreferredOutputLocation | undefined, place: Place): void {
  const all: readonly unknown[] = typeof location === 'object' ? Object.values(location) : [location];
  if (!all.includes('gpu-buffer') || takesTensors(place)) return;
  const takes = `'cpu' ${whereOf(place)}: results stay on the GPU with onnxruntime-web and provider 'webgpu'`;
  throw new FocalLossError(loss.name, [{ field: 'preferredOutputLocation', got: location, takes }]);
}

const whereOf = ({ runtime, provider }: Place) =>
  `with ${isWeb(runtime) ? 'onnxruntime-web' : 'onnxruntime-node'} and provider '${nameOf(provider)}'`;

/**
 * Looks at a tensor that was passed in.
 *
 * @param type The only number format that the graph reads it in.
 * @param sizes The only dimensions it may have; any, if undefined.
 * @throws {@link FocalLossError} naming it: disposed, not on the GPU, in another number format or of other dimensions, or for a
 *   provider that computes elsewhere.
 */
export function checkTensor(
  loss: Loss,
  field: string,
  tensor: DeviceTensor,
  type: string,
  place: Place,
  sizes?: readonly (readonly number[])[],
): void {
  const bad = (got: string, takes: string) => new FocalLossError(loss.name, [{ field, got, takes }]);
  const { location, dims } = tensor;
  if (location === 'none') throw bad('a disposed tensor', 'a tensor that has its buffer');
  if (location !== 'gpu-buffer') {
    const takes = "an array with a shape, or a tensor with location 'gpu-buffer': of one on the CPU its data and dims";
    throw bad(`a tensor with location '${location}'`, takes);
  }
  if (!takesTensors(place)) {
    const takes = `an array ${whereOf(place)}; tensors on the GPU go with onnxruntime-web and provider 'webgpu'`;
    throw bad("a tensor with location 'gpu-buffer'", takes);
  }
  if (tensor.type !== type) throw bad(`a tensor of ${tensor.type}`, `a tensor of ${type}`);
  if (sizes !== undefined && !sizes.some((size) => size.join() === dims.join())) {
    const takes = sizes.map((size) => `[${size.join(', ')}]`).join(' or ');
    throw bad(`a tensor of dims [${dims.join(', ')}]`, `one of dims ${takes}`);
  }
}
