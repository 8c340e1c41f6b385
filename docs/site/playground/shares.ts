/** Who has which share of a loss or of its gradient: the paper's Figure 4, for any logits and labels. */

/** One point of a curve. */
export type Point = readonly [fraction: number, share: number];

/** Logits and what they should have been. */
export interface Anchors {
  readonly logits: readonly number[];
  /** From 0 to 1, or {@link ignoreIndex}. */
  readonly targets: readonly number[];
  readonly ignoreIndex?: number;
}

/** Cumulative shares among negatives and among positives, and what two groups have of everything. */
export interface Shares {
  readonly negatives: readonly Point[];
  readonly positives: readonly Point[];
  /** Of negatives with σ(x) < 0.1. */
  readonly easy: number;
  readonly positive: number;
}

/** A negative the detector is already sure of: σ(x) < 0.1. */
const easyLogit = Math.log(0.1 / 0.9);

/** Labels between 0 and 1 count as the nearer of the two; ½ as positive. */
const sideOf = (target: number) => (target >= 0.5 ? 'positive' : 'negative');

/** @param amounts What each anchor has of the loss, or of the gradient, whose sign does not count. */
export function sharesOf(amounts: ArrayLike<number>, { logits, targets, ignoreIndex }: Anchors): Shares {
  const groups = { positive: [] as number[], negative: [] as number[] };
  let total = 0;
  let easy = 0;
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] === ignoreIndex) continue;
    const amount = Math.abs(amounts[i]);
    const side = sideOf(targets[i]);
    groups[side].push(amount);
    total += amount;
    if (side === 'negative' && logits[i] < easyLogit) easy += amount;
  }
  const sum = (of: readonly number[]) => of.reduce((running, amount) => running + amount, 0);
  return {
    negatives: cumulative(groups.negative),
    positives: cumulative(groups.positive),
    easy: total > 0 ? easy / total : 0,
    positive: total > 0 ? sum(groups.positive) / total : 0,
  };
}

/** At most some two hundred points of the running share, smallest first. */
function cumulative(amounts: number[]): Point[] {
  const sorted = Float64Array.from(amounts).sort();
  const total = sorted.reduce((sum, amount) => sum + amount, 0) || 1;
  const stride = Math.ceil(sorted.length / 200);
  const points: Point[] = [[0, 0]];
  let running = 0;
  sorted.forEach((amount, i) => {
    running += amount;
    if (i % stride === 0 || i === sorted.length - 1) points.push([(i + 1) / sorted.length, running / total]);
  });
  return points;
}
