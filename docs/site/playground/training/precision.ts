/**
 * Average precision: the mean precision at which the objects are found, going from the surest point to the least sure.
 * Points with the same score are found together.
 *
 * @param weight How many points each of the background stands for: a sample may have fewer than the world.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>, weight = 1): number {
  const order = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const total = order.reduce((sum, i) => sum + labels[i], 0);
  let found = 0;
  let wrong = 0;
  let sum = 0;
  for (let i = 0; i < order.length; ) {
    const score = scores[order[i]];
    let here = 0;
    for (; i < order.length && scores[order[i]] === score; i++) {
      here += labels[order[i]];
      wrong += weight * (1 - labels[order[i]]);
    }
    found += here;
    if (here > 0) sum += (here * found) / (found + wrong);
  }
  return total === 0 ? Number.NaN : sum / total;
}
