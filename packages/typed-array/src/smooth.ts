import type { Loss } from '@focal-loss/core';
import type { Lanes } from './lanes.ts';

/** Label smoothing at a sigmoid, around a kernel that knows nothing of it. */
export interface Smoothing {
  /**
   * Smooths the labels of a block whose logits are there. Some entries are evaluated at their opposites; where labels are apart,
   * what a label leaves of 1 is put beside it, as `low`.
   */
  before(n: number, lanes: Lanes): void;
  /** Turns the slopes of those back. */
  after(n: number, lanes: Lanes): void;
}

/** Whether a kernel finds 1 − y beside each label: of one that was smoothed to nearly 1 it has not all digits. */
export const hasRest = ({ link, labels, labelSmoothing }: Loss): boolean =>
  link === 'sigmoid' && labels === 'apart' && labelSmoothing !== 0;

/**
 * Undefined where labels are not smoothed. Where labels are alike, entries are evaluated by the smaller of y and 1 − y, which
 * has all its digits: f(x, y) = f(−x, 1 − y). Where they are apart, the kernel is to know of {@link hasRest}.
 */
export function smoothing({ labelSmoothing: epsilon, labels }: Loss, size: number): Smoothing | undefined {
  if (epsilon === 0) return undefined;
  const [kept, half] = [1 - epsilon, epsilon / 2];
  const isTurned = new Uint8Array(size);
  return {
    before(n, { x, y, low }) {
      for (let i = 0; i < n; i++) {
        const [up, down] = [y[i] * kept + half, (1 - y[i]) * kept + half];
        low[i] = down;
        isTurned[i] = Number(labels === 'alike' && down < up);
        y[i] = isTurned[i] ? down : up;
        if (isTurned[i]) x[i] = -x[i];
      }
    },
    after(n, { grad }) {
      for (let i = 0; i < n; i++) if (isTurned[i]) grad[i] = -grad[i];
    },
  };
}
