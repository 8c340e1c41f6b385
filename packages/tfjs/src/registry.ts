import { FocalLossError, type Loss } from '@focal-loss/core';
import type { Call } from './call.ts';
import { composed, empty } from './composed.ts';
import type { Kernel } from './kernel.ts';

/** The fused kernel of one backend. */
export interface Fused {
  readonly kernel: Kernel;
  /** Whether it knows what a call asks for. */
  readonly knows: (call: Call) => boolean;
  /** Makes it known to tfjs. */
  readonly register: () => void;
  /** Whether the device at hand can run it. */
  readonly runs?: () => boolean;
  /** Throws if the device at hand can run nothing of this kind. */
  readonly check?: (loss: Loss) => void;
  /** Whether the device at hand only keeps 16 bits of a number. */
  readonly isNarrow?: () => boolean;
}

/** Backends whose tensors lie in this process's memory, and those on a GPU, by tfjs's names. */
const HOSTS: readonly string[] = ['cpu', 'wasm'];
const DEVICES: readonly string[] = ['webgl', 'webgpu'];

/** The fused kernels that entries brought, by the names of tfjs's backends. A program that names none of a kind has none of it. */
const fusedKernels = new Map<string, Fused>();

/** Brings the kernels of some backends. */
export function provide(kernels: Readonly<Record<string, Fused>>): void {
  for (const [backend, fused] of Object.entries(kernels)) fusedKernels.set(backend, fused);
}

const registered = new Set<string>();

/** The kernel for a call on a backend: a fused one, or the formula composed of the backend's own operations. */
export function kernelOf(call: Call, backend: string, wantFused: boolean): Kernel {
  const { loss, rows } = call;
  const fused = fusedKernels.get(backend);
  checkBackend(loss, backend);
  if (rows === 0) return empty;
  if (!wantFused || fused === undefined || fused.runs?.() === false || !fused.knows(call)) return composed;
  if (!registered.has(backend)) fused.register();
  registered.add(backend);
  return fused.kernel;
}

/** @throws {@link FocalLossError} on a GPU without its kernels, or if the device at hand can run nothing of this kind. */
export function checkBackend(loss: Loss, backend: string): void {
  const fused = fusedKernels.get(backend);
  if (fused === undefined && DEVICES.includes(backend)) {
    const takes = 'cpu or wasm: @focal-loss/tfjs/host has no other kernels, import @focal-loss/tfjs';
    throw new FocalLossError(loss.name, [{ field: 'backend', got: backend, takes }]);
  }
  fused?.check?.(loss);
}

/** Whether the device at hand only keeps 16 bits of a number, too few for gradients. */
export const isNarrow = (backend: string): boolean => fusedKernels.get(backend)?.isNarrow?.() === true;

/** Whether reading a tensor waits for nothing on a backend. */
export const isHost = (backend: string): boolean => HOSTS.includes(backend);
