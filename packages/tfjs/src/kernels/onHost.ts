import { provide } from '../registry.ts';
import { registerCpu } from './cpu.ts';
import { host } from './host.ts';
import { registerWasm } from './wasm.ts';

/** Brings the kernels of backends whose tensors lie in this process's memory. */
export const onHost = (): void =>
  provide({
    cpu: { kernel: host, knows: () => true, register: registerCpu },
    wasm: { kernel: host, knows: () => true, register: registerWasm },
  });
