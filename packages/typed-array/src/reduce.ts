import { type Loss, scaleOf } from '@focal-loss/core';
import { gather } from './arrays.ts';
import type { Job } from './engine.ts';
import type { Lanes } from './lanes.ts';

/**
 * The sum of the first `n` entries of a lane: eight running sums over 128 entries, then those one after the other. No
 * entry passes through more than about thirty additions, and the order never changes.
 */
export function sum(lane: Float64Array, n: number): number {
  let total = 0;
  let i = 0;
  while (i + 8 <= n) {
    const end = Math.min(i + 128, n - (n % 8));
    let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (; i < end; i += 8) {
      a += lane[i];
      b += lane[i + 1];
      c += lane[i + 2];
      d += lane[i + 3];
      e += lane[i + 4];
      f += lane[i + 5];
      g += lane[i + 6];
      h += lane[i + 7];
    }
    total += a + b + (c + d) + (e + f + (g + h));
  }
  for (; i < n; i++) total += lane[i];
  return total;
}

/**
 * Fills `y` and `scale` of a block: what each entry's loss and gradient are multiplied by, 0 for all if there is nothing
 * to divide by. Ignored entries become harmless targets that nothing comes of.
 */
export function loadScales(
  loss: Loss,
  lanes: Lanes,
  { targets, weights }: Job,
  divide: number,
  first: number,
  n: number,
): void {
  const { y, weight, scale } = lanes;
  gather(targets, first, n, y);
  if (loss.alpha === undefined && loss.ignoreIndex === undefined && weights === undefined) {
    scale.fill(divide === 0 ? 0 : 1 / divide, 0, n);
    return;
  }
  if (weights !== undefined) gather(weights, first, n, weight);
  for (let i = 0; i < n; i++) {
    scale[i] = divide === 0 ? 0 : scaleOf(loss, y[i], weights === undefined ? 1 : weight[i]) / divide;
    if (y[i] === loss.ignoreIndex) y[i] = 0;
  }
}
