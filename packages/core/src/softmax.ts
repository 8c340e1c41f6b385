import { sumLow } from './carried.ts';

/** The margin of one row of logits against its class. */
export interface Margin {
  /** z = x_t − logsumexp(x_j, j ≠ t), so that the softmax gives class t the probability σ(z). */
  readonly z: number;
  /** What rounding took from z: the margin is z + low. In the tails of a loss, its absolute error is a relative one. */
  readonly low: number;
}

/**
 * The margin of `logits[from … from + classes)` against class `target`. **Softmax is the sigmoid formula at the
 * margin**: p_t = σ(z) exactly, so every member f(x, y) of the family has f(z, 1) as its softmax form, with no
 * `1 − exp(log p)` and no one-hot array.
 *
 * `others`, if given, receives r, the softmax over the classes other than `target`, with 0 at `target`, in the places
 * the logits have in theirs: if D is the slope of f at z, then ∂f/∂x_t = D and ∂f/∂x_j = −r_j·D.
 *
 * A logit of −∞ masks its class; equal logits of +∞ share. Two passes over the row, float64.
 */
export function margin(
  logits: ArrayLike<number>,
  from: number,
  classes: number,
  target: number,
  others?: Float64Array,
): Margin {
  let max = -Infinity;
  for (let j = 0; j < classes; j++) {
    if (j !== target && logits[from + j] > max) max = logits[from + j];
  }
  // Kahan's sum: 100,000 classes lose no digit.
  let sum = 0;
  let lost = 0;
  for (let j = 0; j < classes; j++) {
    if (j === target) continue;
    const x = logits[from + j];
    let share = 1;
    if (x !== max) {
      const d = x - max;
      share = Math.exp(d);
      if (d < FAR) share = withLost(share, x, max, d);
    }
    if (others !== undefined) others[from + j] = share;
    const term = share - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
  }
  if (others !== undefined) {
    for (let j = 0; j < classes; j++) others[from + j] /= sum;
    others[from + target] = 0;
  }
  const d = difference(logits[from + target], max);
  const z = difference(d.z, Math.log(sum));
  return { z: z.z, low: Number.isFinite(z.z) ? z.low + d.low : 0 };
}

/** From a difference of 16 on, what rounding took from it shows in the fourteenth digit of its exponential. */
const FAR = -16;

/**
 * e^(x − largest) for x ≤ largest: what class x has of the others' probability times the sum of all shares. 1 where they
 * are equal, infinities too.
 */
export function shareOf(x: number, largest: number): number {
  if (x === largest) return 1;
  const d = x - largest;
  const share = Math.exp(d);
  return d < FAR ? withLost(share, x, largest, d) : share;
}

/** e^d with what rounding took from d = x − largest. Of what is 0 already, nothing is left to mend. */
const withLost = (share: number, x: number, largest: number, d: number): number =>
  share === 0 ? 0 : share + share * sumLow(x, -largest, d);

/** a − b and its rounding error. */
function difference(a: number, b: number): Margin {
  const z = a - b;
  return { z, low: sumLow(a, -b, z) };
}
