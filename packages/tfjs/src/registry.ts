import type { Loss } from '@focal-loss/core';
import type { Call } from './call.ts';
import { composed, empty } from './composed.ts';
import type { Kernel } from './kernel.ts';
import { registerCpu } from './kernels/cpu.ts';
import { device, knowsEntry } from './kernels/device.ts';
import { host } from './kernels/host.ts';
import { registerWasm } from './kernels/wasm.ts';
import { checkWebgl, registerWebgl, webglIsFused } from './kernels/webgl.ts';
import { registerWebgpu } from './kernels/webgpu.ts';

/** The fused kernel of one backend. */
interface Fused {
  readonly kernel: Kernel;
  /** Whether it knows what a call asks for. */
  readonly knows: (call: Call) => boolean;
  /** Makes it known to tfjs. */
  readonly register: () => void;
  /** Whether the device at hand can run it. */
  readonly runs?: () => boolean;
  /** Throws if the device at hand can run nothing of this kind. */
  readonly check?: (loss: Loss) => void;
}

/** The fused kernels, by the names of tfjs's backends. */
const fusedKernels: Readonly<Record<string, Fused>> = {
  cpu: { kernel: host, knows: () => true, register: registerCpu },
  wasm: { kernel: host, knows: () => true, register: registerWasm },
  webgl: { kernel: device, knows: knowsEntry, register: registerWebgl, runs: webglIsFused, check: checkWebgl },
  webgpu: { kernel: device, knows: knowsEntry, register: registerWebgpu },
};

const registered = new Set<string>();

/** The kernel for a call on a backend: a fused one, or the formula composed of the backend's own operations. */
export function kernelOf(call: Call, backend: string, wantFused: boolean): Kernel {
  const { loss, rows } = call;
  const fused = Object.hasOwn(fusedKernels, backend) ? fusedKernels[backend] : undefined;
  checkBackend(loss, backend);
  if (rows === 0) return empty;
  if (!wantFused || fused === undefined || fused.runs?.() === false || !fused.knows(call)) return composed;
  if (!registered.has(backend)) fused.register();
  registered.add(backend);
  return fused.kernel;
}

/** @throws {@link FocalLossError} if the device at hand can run nothing of this kind. */
export const checkBackend = (loss: Loss, backend: string): void =>
  (Object.hasOwn(fusedKernels, backend) ? fusedKernels[backend] : undefined)?.check?.(loss);

/** Whether reading a tensor waits for nothing on a backend. */
export const isHost = (backend: string): boolean => fusedKernels[backend]?.kernel === host;
