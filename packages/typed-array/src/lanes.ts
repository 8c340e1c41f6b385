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
  /** What each entry's derivatives are multiplied by: the factor over the denominator. */
  readonly scale: Float64Array;
  readonly value: Float64Array;
  readonly grad: Float64Array;
  readonly hess: Float64Array;
}

export function newLanes(size = BLOCK): Lanes {
  const lane = () => new Float64Array(size);
  return {
    x: lane(),
    low: lane(),
    y: lane(),
    factor: lane(),
    scale: lane(),
    value: lane(),
    grad: lane(),
    hess: lane(),
  };
}

/**
 * Fills `y`, `factor` and `scale` of a block. Ignored entries become harmless targets that nothing comes of; nor does of
 * any where there is nothing to divide by. Labels are not smoothed here, but α_t is that of the smoothed ones.
 */
export function loadLabels(loss: Loss, lanes: Lanes, call: Call, divide: number, first: number, n: number): void {
  gather(call.targets, first, n, lanes.y);
  loadFactors(loss, lanes, call, divide, first, n);
}

/** As {@link loadLabels}, once `y` is filled. */
export function loadFactors(loss: Loss, lanes: Lanes, call: Call, divide: number, first: number, n: number): void {
  const { y, factor, scale } = lanes;
  loadWeights(lanes, call, divide, first, n);
  const { alpha, ignoreIndex } = loss;
  // Core's `scaleOf`, what does not change from entry to entry asked once.
  if (loss.link === 'softmax') {
    if (typeof alpha === 'object') for (let i = 0; i < n; i++) factor[i] *= alpha[y[i]];
  } else if (alpha !== undefined) applyAlpha(loss, lanes, call, first, n);
  if (ignoreIndex !== undefined) {
    for (let i = 0; i < n; i++) {
      if (y[i] !== ignoreIndex) continue;
      factor[i] = 0;
      y[i] = 0;
    }
  }
  if (divide === 0) scale.fill(0, 0, n);
  else if (alpha === undefined && ignoreIndex === undefined && call.weights === undefined) {
    scale.fill(1 / divide, 0, n);
  } else for (let i = 0; i < n; i++) scale[i] = factor[i] / divide;
}

/** Fills `factor` with the weights of a block. */
export function loadWeights({ factor }: Lanes, { weights }: Call, divide: number, first: number, n: number): void {
  if (divide === 0) factor.fill(0, 0, n);
  else if (weights === undefined) factor.fill(1, 0, n);
  else gather(weights, first, n, factor);
}

/** Multiplies by α_t of labels, smoothed as the loss says. */
function applyAlpha({ alpha, labelSmoothing }: Loss, { y, factor }: Lanes, call: Call, first: number, n: number): void {
  const [kept, half] = [1 - labelSmoothing, labelSmoothing / 2];
  const times = (i: number, positive: number, negative: number) => {
    factor[i] *= (y[i] * kept + half) * positive + ((1 - y[i]) * kept + half) * negative;
  };
  if (typeof alpha === 'object') {
    loadCategories(call, first, n, category);
    for (let i = 0; i < n; i++) times(i, alpha[category[i]], 1 - alpha[category[i]]);
  } else {
    const { positive, negative } = factorsOf(alpha);
    for (let i = 0; i < n; i++) times(i, positive, negative);
  }
}
const category = new Uint32Array(BLOCK);

/** The class of each of a sigmoid's entries, by which it has an α of a list. */
export function loadCategories(
  { categories: { count, inner }, start }: Pick<Call, 'categories' | 'start'>,
  first: number,
  n: number,
  lane: Uint32Array,
): void {
  let own = Math.floor((start + first) / inner) % count;
  let left = inner - ((start + first) % inner);
  for (let i = 0; i < n; i++) {
    lane[i] = own;
    if (--left > 0) continue;
    left = inner;
    own = own + 1 === count ? 0 : own + 1;
  }
}
