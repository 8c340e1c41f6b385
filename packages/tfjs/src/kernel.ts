import type * as tf from '@tensorflow/tfjs-core';
import { composed } from './composed.ts';
import type { Call } from './inputs.ts';
import { registerCpu } from './kernels/cpu.ts';
import { host } from './kernels/host.ts';
import { registerWasm } from './kernels/wasm.ts';

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

/** The fused kernels there are, by the names of tfjs's backends, and how they enter its registry. */
const fused: Readonly<Record<string, { readonly kernel: Kernel; readonly register: () => void }>> = {
  cpu: { kernel: host, register: registerCpu },
  wasm: { kernel: host, register: registerWasm },
};

const registered = new Set<string>();

/** The kernel of a backend: a fused one, or the formula composed of the backend's own operations. */
export function kernelOf(backend: string): Kernel {
  const found = fused[backend];
  if (found === undefined) return composed;
  if (!registered.has(backend)) found.register();
  registered.add(backend);
  return found.kernel;
}
