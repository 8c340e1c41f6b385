import type { KernelSpec } from '../src/spec.ts';

/** What most kernels are asked for: value and gradient of float32 logits, four at once. */
export const usual: Omit<KernelSpec, 'loss'> = {
  dtype: 'float32',
  wants: ['value', 'grad'],
  weighted: false,
  measured: false,
  lanes: 1,
  width: 4,
  subgroup: 1,
  targets: 'float32',
  targetRows: false,
  strided: false,
  accumulate: [],
  scaled: false,
};
