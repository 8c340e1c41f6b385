import type { Loss } from '@focal-loss/core';
import type { ShaderParameter } from './language.ts';

/**
 * The numbers of label smoothing: `kept`, 1 − ε, and `spread`, what every label gets: ε/2 at a sigmoid; at a softmax ε, to be
 * shared by the classes. None where labels are not smoothed.
 */
export function smoothingOf({ labelSmoothing: epsilon, link }: Loss): readonly ShaderParameter[] {
  if (epsilon === 0) return [];
  return [
    { name: 'kept', value: 1 - epsilon },
    { name: 'spread', value: link === 'softmax' ? epsilon : epsilon / 2 },
  ];
}

/** A smoothed label, and 1 minus it, each with all its digits. */
export const smoothedLabel = { up: 'y * kept + spread', down: '(1.0 - y) * kept + spread' } as const;
