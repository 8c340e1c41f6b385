import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { registerHost } from './host.ts';

/** What is used of tfjs-backend-wasm, which is never imported. */
interface WasmBackend {
  typedArrayFromHeap(info: TensorInfo): TypedArray;
  makeOutput(shape: number[], dtype: 'float32', memoryOffset?: number, values?: Float32Array): TensorInfo;
  disposeData(dataId: object): boolean;
}

/** Tensors of the backend `wasm` lie in the heap of its module, where they are read and the gradient is written. */
export const registerWasm = (): void =>
  registerHost('wasm', (backend) => {
    const wasm = backend as WasmBackend;
    return {
      view: (info) => wasm.typedArrayFromHeap(info),
      from: (values, shape) => wasm.makeOutput(shape, 'float32', undefined, values),
      place: (shape) => wasm.makeOutput(shape, 'float32'),
      dispose: ({ dataId }) => wasm.disposeData(dataId),
    };
  });
