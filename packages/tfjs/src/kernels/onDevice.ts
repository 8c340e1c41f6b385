import { provide } from '../registry.ts';
import { device, knowsEntry } from './device.ts';
import { checkWebgl, registerWebgl, webglIsFused, webglIsNarrow } from './webgl.ts';
import { registerWebgpu } from './webgpu.ts';

/** Brings the kernels of backends on a GPU. */
export const onDevice = (): void =>
  provide({
    webgl: {
      kernel: device,
      knows: knowsEntry,
      register: registerWebgl,
      runs: webglIsFused,
      check: checkWebgl,
      isNarrow: webglIsNarrow,
    },
    webgpu: { kernel: device, knows: knowsEntry, register: registerWebgpu },
  });
