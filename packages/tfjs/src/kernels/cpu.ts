import type { TensorInfo, TypedArray } from '@tensorflow/tfjs-core';
import { registerHost } from './host.ts';

/** What is used of tfjs-backend-cpu, which is never imported. */
interface CpuBackend {
  readSync(dataId: object): TypedArray;
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
  disposeData(dataId: object): boolean;
}

/** Tensors of the backend `cpu` are typed arrays. */
export const registerCpu = (): void =>
  registerHost('cpu', (backend) => {
    const cpu = backend as CpuBackend;
    return {
      view: ({ dataId }) => cpu.readSync(dataId),
      from: (values, shape) => cpu.makeTensorInfo(shape, 'float32', values),
      dispose: ({ dataId }) => cpu.disposeData(dataId),
    };
  });
