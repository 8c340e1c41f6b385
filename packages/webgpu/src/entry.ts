import { scaleFunction } from './ops.ts';
import type { KernelSpec } from './spec.ts';

/** Whether an entry has a target or a weight that is none, given a test of its target. An ignored one may have any. */
export function bad({ loss, weighted }: KernelSpec, badTarget: string): string {
  const any = weighted ? `(${badTarget}) || (weightBits >= INFINITY && weightBits != MINUS_ZERO)` : badTarget;
  return loss.ignoreIndex === undefined ? any : `y != call.ignoreIndex && (${any})`;
}

/** What an entry is multiplied by: 1 / denominator, and what its weight and target have to do with it. */
export function scale({ loss, weighted, measured }: KernelSpec): string {
  const inverse = measured ? 'inverse[0]' : 'call.inverse';
  const { params } = scaleFunction(loss);
  const args = params.map(({ name }) => (name === 'alpha' ? 'alphas[hit]' : `call.${name}`));
  if (args.length > 0) return `${inverse} * scaleOf(${['y', weighted ? 'weight' : '1.0', ...args].join(', ')})`;
  return weighted ? `${inverse} * weight` : inverse;
}
