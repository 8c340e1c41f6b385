import type { Loss } from '@focal-loss/core';
import { scaleFunction } from './ops.ts';
import { answerOf, inverseOf, type KernelSpec } from './spec.ts';

/** Whether the bits of a target are none of a number in [0, 1], or of -0, which nobody writes. */
export const noLabel = ({ targets }: KernelSpec, bits: string): string =>
  `(${bits} > ONE)${targets === 'float32' ? ` | ((${bits} - 1u) < call.noLabels)` : ''}`;

/**
 * Whether an entry has a target or a weight that is none, given the bits of its target and a test of it. An ignored one may
 * have any.
 */
export function bad({ loss, weighted, targets }: KernelSpec, bits: string, badTarget: string): string {
  const any = weighted ? `(${badTarget}) || (weightBits >= INFINITY && weightBits != MINUS_ZERO)` : badTarget;
  if (targets !== 'float32') return loss.ignoreIndex === undefined ? any : `y != call.ignoreIndex && (${any})`;
  // NaN may pass for equal where it is compared with a number.
  const none = `${tooSmall(bits)} || isNan(${bits})`;
  return loss.ignoreIndex === undefined
    ? `${tooSmall(bits)} || (${any})`
    : `${none} || (y != call.ignoreIndex && (${any}))`;
}

/** Whether these are the bits of a whole number that was written as such, and read as a float32 would be next to 0. */
export const tooSmall = (bits: string): string => `((${bits} & 0x7fffffffu) - 1u) < call.noLabels`;

/** Whether a sigmoid loss has one α a class, so that it matters of which class a logit is. */
export const hasCategories = ({ link, alpha }: Loss): boolean => link === 'sigmoid' && typeof alpha === 'object';

/**
 * What an entry is multiplied by: what its weight and target have to do with it. Values are divided by the denominator when
 * all are added up, lest small ones become 0; slopes at once.
 */
export function scale({ loss, weighted }: KernelSpec): string {
  const { params } = scaleFunction(loss);
  const listed: Record<string, string> = {
    alpha: 'alphas[hit]',
    ...(hasCategories(loss) && { positive: 'alphas[2u * category]', negative: 'alphas[2u * category + 1u]' }),
  };
  const args = params.map(({ name }) => listed[name] ?? `call.${name}`);
  if (args.length > 0) return `scaleOf(${['y', weighted ? 'weight' : '1.0', ...args].join(', ')})`;
  return weighted ? 'weight' : '1.0';
}

/** `at`, which is what a loss function returned, times `scale`, and slopes over the denominator. */
export function scaled(spec: KernelSpec): string {
  const divided = answerOf(spec).divided(inverseOf(spec));
  return scale(spec) === '1.0' ? divided : `scale * ${divided}`;
}
