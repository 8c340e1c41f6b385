import type { Derivative, Formula, Label, Loss } from '@focal-loss/core';
import { numbersOf } from '../program.ts';
import { type Kernel, STEEPEST, settingsOf, writeKernel } from './emit/kernel.ts';
import type { Run, SimdMemory } from './wasm.ts';

/** A kernel of a loss in a memory. */
export interface LossKernel {
  readonly run: Run;
  /** What is to be in memory at SETTINGS before each run: several losses share it. */
  readonly settings: Float32Array;
}

/** A kernel that has been written, for any memory of its kind. */
interface Written {
  readonly kernel: Kernel;
  readonly module: WebAssembly.Module;
  readonly instances: WeakMap<SimdMemory, Run>;
}

/** By formula, and by all else that makes a kernel another one. Kept as long as the formula. */
const written = new WeakMap<Formula, Map<string, Written | undefined>>();

/**
 * A loss's kernels in a memory by what they take and give, each written at its first use: a few tenths of a millisecond.
 *
 * @returns A function of the kind of labels and of how many parts are wanted: the value, the gradient, second derivatives. It
 *   returns undefined where the formula is too long, or a parameter makes float32 too coarse for it.
 */
export function kernelsOf(loss: Loss, memory: SimdMemory) {
  const made: Record<Label, (LossKernel | null | undefined)[]> = { hard: [], any: [], margin: [] };
  return (label: Label, wants: readonly Derivative[]): LossKernel | undefined => {
    const known = made[label][wants.length];
    if (known !== undefined) return known ?? undefined;
    const fresh = instantiated(loss, memory, label, wants);
    made[label][wants.length] = fresh ?? null;
    return fresh;
  };
}

function instantiated(loss: Loss, memory: SimdMemory, label: Label, wants: readonly Derivative[]) {
  const found = writtenFor(loss, memory, label, wants);
  if (found === undefined) return undefined;
  const { kernel, module, instances } = found;
  const params = Object.values(loss.params);
  if (kernel.steep.some((place) => params[place] > STEEPEST)) return undefined;
  const { home } = memory;
  let run = instances.get(memory);
  if (run === undefined) {
    const env = { memory: home.memory, base: home.base };
    ({ run } = new WebAssembly.Instance(module, { env }).exports as unknown as { run: Run });
    instances.set(memory, run);
  }
  return { run, settings: settingsOf(kernel, params) };
}

function writtenFor(
  loss: Loss,
  { build, home }: SimdMemory,
  label: Label,
  wants: readonly Derivative[],
): Written | undefined {
  const target = { relaxed: build === 'relaxed-simd', shared: home.shared };
  const numbers = numbersOf(loss);
  const key = JSON.stringify([label, wants, target, loss.labels, Object.keys(loss.params), numbers]);
  const ofFormula = written.get(loss.formula) ?? new Map<string, Written | undefined>();
  written.set(loss.formula, ofFormula);
  if (!ofFormula.has(key)) {
    const kernel = writeKernel({ ...loss, numbers }, { label, wants }, target);
    const entry = kernel && { kernel, module: new WebAssembly.Module(kernel.bytes), instances: new WeakMap() };
    ofFormula.set(key, entry);
  }
  return ofFormula.get(key);
}
