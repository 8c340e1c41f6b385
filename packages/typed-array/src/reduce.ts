import { denominator, type Loss, scaleOf, type Totals, tally } from '@focal-loss/core';
import { gather, type NumericArray } from './arrays.ts';
import { BLOCK, type Lanes } from './lanes.ts';

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

/** Neumaier's compensated sum of the blocks' sums: 10⁸ terms keep 15 digits. */
export function accumulator() {
  let total = 0;
  let lost = 0;
  return {
    add(term: number): void {
      const next = total + term;
      lost += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
      total = next;
    },
    total: () => (Number.isFinite(total) ? total + lost : total),
  };
}

/**
 * Reads all targets and weights once, before anything is computed or written, and returns what to divide by.
 *
 * @throws {@link FocalLossError} naming the index of the first bad target or weight.
 */
export function divisor(
  loss: Loss,
  lanes: Lanes,
  rows: number,
  classes: number,
  targets: NumericArray,
  weights: NumericArray | undefined,
  override: number | undefined,
): number {
  const totals: Totals = { count: 0, positives: 0, weights: 0 };
  for (let first = 0; first < rows; first += BLOCK) {
    const n = Math.min(BLOCK, rows - first);
    gather(targets, first, n, lanes.y);
    if (weights !== undefined) gather(weights, first, n, lanes.weight);
    tally(loss, totals, n, lanes.y, weights && lanes.weight, classes, first);
  }
  return denominator(loss, totals, override);
}

/** Whether all entries of a loss have the same scale. */
export const uniform = (loss: Loss, weights: NumericArray | undefined): boolean =>
  loss.alpha === undefined && loss.ignoreIndex === undefined && weights === undefined;

/** Fills `scale` with what each entry of a block is multiplied by; ignored entries become harmless targets. */
export function rescale(
  loss: Loss,
  { y, weight, scale }: Lanes,
  n: number,
  first: number,
  weights: NumericArray | undefined,
  divide: number,
): void {
  if (weights !== undefined) gather(weights, first, n, weight);
  for (let i = 0; i < n; i++) {
    scale[i] = divide === 0 ? 0 : scaleOf(loss, y[i], weights === undefined ? 1 : weight[i]) / divide;
    if (y[i] === loss.ignoreIndex) y[i] = 0;
  }
}
