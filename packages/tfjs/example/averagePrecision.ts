/**
 * The area under precision over recall, of cells in the order of their scores: the mean, over the positive cells, of the
 * precision among the cells that score as high. Labels other than 0 and 1 do not count. Of equal scores, the positive
 * comes last.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from(labels, (_, i) => i).filter((i) => labels[i] === 0 || labels[i] === 1);
  order.sort((a, b) => scores[b] - scores[a] || labels[a] - labels[b]);
  let hits = 0;
  let total = 0;
  order.forEach((cell, rank) => {
    if (labels[cell] !== 1) return;
    hits++;
    total += hits / (rank + 1);
  });
  return hits === 0 ? 0 : total / hits;
}
