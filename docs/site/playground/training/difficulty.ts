/** Where a gradient comes from: easy points, which the model has right already, or hard ones. */

/** How many ranges of p_t, the probability of the true class, are told apart. */
export const ranges = 10;

/**
 * The share that the points of each range of p_t have in the gradient: the sum of the sizes of their slopes, divided by that of
 * all. The last range is that of the easiest points, p_t ≥ 0.9.
 *
 * @param labels 0 or 1.
 */
export function sharesByDifficulty(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  slopes: ArrayLike<number>,
): number[] {
  const shares = new Array<number>(ranges).fill(0);
  let total = 0;
  for (let i = 0; i < logits.length; i++) {
    const size = Math.abs(slopes[i]);
    const right = 1 / (1 + Math.exp(labels[i] === 1 ? -logits[i] : logits[i]));
    shares[Math.min(Math.floor(right * ranges), ranges - 1)] += size;
    total += size;
  }
  return total > 0 ? shares.map((share) => share / total) : shares;
}
