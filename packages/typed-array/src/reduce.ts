import { accumulator } from '@focal-loss/core';

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

/** The reduced value, from the sums of the blocks: divided last, as a mean of tiny losses is tinier than float32 goes. */
export function reduce(sums: Iterable<number>, divide: number): number {
  const total = accumulator();
  for (const sum of sums) total.add(sum);
  return divide === 0 ? 0 : total.total() / divide;
}
