import type { Loss } from '@focal-loss/core';
import type * as tf from '@tensorflow/tfjs-core';
import { composed } from './composed.ts';
import type { Call } from './inputs.ts';
import { registerCpu } from './kernels/cpu.ts';
import { device } from './kernels/device.ts';
import { host } from './kernels/host.ts';
import { registerWasm } from './kernels/wasm.ts';
import { checkWebgl, registerWebgl, webglIsFused } from './kernels/webgl.ts';
import { registerWebgpu } from './kernels/webgpu.ts';

/** A loss, and what its gradient will be made of. */
export interface Forward {
  /** A scalar, or for reduction `'none'` one loss a row. */
  readonly value: tf.Tensor;
  /** Empty unless the gradient was wanted. */
  readonly saved: tf.Tensor[];
}

/** How a backend evaluates a call. Neither part is recorded: what is differentiated stands in `gradient.ts`. */
export interface Kernel {
  forward(call: Call, wantGrad: boolean): Forward;
  /** dy times the derivative by the logits, from what `forward` saved. */
  gradient(call: Call, saved: tf.Tensor[], dy: tf.Tensor): tf.Tensor;
}

interface Fused {
  readonly kernel: Kernel;
  readonly register: () => void;
  /** Whether the device at hand can run it. */
  readonly runs?: () => boolean;
  /** Throws if the device at hand can run nothing of this kind. */
  readonly check?: (loss: Loss) => void;
}

/** The fused kernels there are, by the names of tfjs's backends, and how they enter its registry. */
const fused: Readonly<Record<string, Fused>> = {
  cpu: { kernel: host, register: registerCpu },
  wasm: { kernel: host, register: registerWasm },
  webgl: { kernel: device, register: registerWebgl, runs: webglIsFused, check: checkWebgl },
  webgpu: { kernel: device, register: registerWebgpu },
};

const registered = new Set<string>();

/** The kernel for a loss on a backend: a fused one, or the formula composed of the backend's own operations. */
export function kernelOf(loss: Loss, backend: string, wantFused: boolean): Kernel {
  const found = fused[backend];
  found?.check?.(loss);
  if (!wantFused || found === undefined || found.runs?.() === false) return composed;
  if (!registered.has(backend)) found.register();
  registered.add(backend);
  return found.kernel;
}
