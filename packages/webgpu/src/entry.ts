import { scaleFunction } from './ops.ts';
import { answerOf, inverseOf, type KernelSpec } from './spec.ts';

/** Whether an entry has a target or a weight that is none, given a test of its target. An ignored one may have any. */
export function bad({ loss, weighted }: KernelSpec, badTarget: string): string {
  const any = weighted ? `(${badTarget}) || (weightBits >= INFINITY && weightBits != MINUS_ZERO)` : badTarget;
  return loss.ignoreIndex === undefined ? any : `y != call.ignoreIndex && (${any})`;
}

/**
 * What an entry is multiplied by: what its weight and target have to do with it. Values are divided by the denominator when
 * all are added up, lest small ones become 0; slopes at once.
 */
export function scale({ loss, weighted }: KernelSpec): string {
  const { params } = scaleFunction(loss);
  const args = params.map(({ name }) => (name === 'alpha' ? 'alphas[hit]' : `call.${name}`));
  if (args.length > 0) return `scaleOf(${['y', weighted ? 'weight' : '1.0', ...args].join(', ')})`;
  return weighted ? 'weight' : '1.0';
}

/** `at`, which is what a loss function returned, times `scale`, and slopes over the denominator. */
export function scaled(spec: KernelSpec): string {
  const divided = answerOf(spec).divided(inverseOf(spec));
  return scale(spec) === '1.0' ? divided : `scale * ${divided}`;
}
