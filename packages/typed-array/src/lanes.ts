import { factorsOf, type Loss } from '@focal-loss/core';
import { gather } from './arrays.ts';
import type { Call } from './call.ts';

/** Entries are worked off in blocks that stay in the first-level cache. */
export const BLOCK = 1024;

/** One block on its way through a kernel, in float64 whatever the caller's arrays are. */
export interface Lanes {
  /** Logits; at a softmax the margins. */
  readonly x: Float64Array;
  /** At a softmax: what rounding took from the margins. */
  readonly low: Float64Array;
  /** Targets; at a softmax the class indices, which its kernels do not read. */
  readonly y: Float64Array;
  /** What each entry's loss is multiplied by: weight · α_t, 0 if it is silenced. */
  readonly factor: Float64Array;
  /** What each entry's slope is multiplied by: the factor over the denominator. */
  readonly scale: Float64Array;
  readonly value: Float64Array;
  readonly grad: Float64Array;
}

export function newLanes(): Lanes {
  const lane = () => new Float64Array(BLOCK);
  return { x: lane(), low: lane(), y: lane(), factor: lane(), scale: lane(), value: lane(), grad: lane() };
}

/**
 * Fills `y`, `factor` and `scale` of a block. Ignored entries become harmless targets that nothing comes of; nor does of
 * any where there is nothing to divide by.
 */
export function loadLabels(
  loss: Loss,
  { y, factor, scale }: Lanes,
  { targets, weights }: Call,
  divide: number,
  first: number,
  n: number,
): void {
  gather(targets, first, n, y);
  if (divide === 0) factor.fill(0, 0, n);
  else if (weights === undefined) factor.fill(1, 0, n);
  else gather(weights, first, n, factor);
  const { alpha, ignoreIndex } = loss;
  // Core's `scaleOf`, what does not change from entry to entry asked once.
  if (typeof alpha === 'number') {
    const { positive, negative } = factorsOf(alpha);
    for (let i = 0; i < n; i++) factor[i] *= y[i] * positive + (1 - y[i]) * negative;
  } else if (alpha !== undefined) for (let i = 0; i < n; i++) factor[i] *= alpha[y[i]];
  if (ignoreIndex !== undefined) {
    for (let i = 0; i < n; i++) {
      if (y[i] !== ignoreIndex) continue;
      factor[i] = 0;
      y[i] = 0;
    }
  }
  if (divide === 0) scale.fill(0, 0, n);
  else if (alpha === undefined && ignoreIndex === undefined && weights === undefined) scale.fill(1 / divide, 0, n);
  else for (let i = 0; i < n; i++) scale[i] = factor[i] / divide;
}
