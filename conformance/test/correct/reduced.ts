import type { Loss } from '@focal-loss/core';
import type { Answer, Call } from '../../src/index.ts';

/** The loss of one logit and its slope. */
export type Point = readonly [value: number, slope: number];

/** The factories whose losses the backends here know by name. */
export const byName = [
  ...['sigmoidCrossEntropy', 'softmaxCrossEntropy', 'sigmoidFocal', 'softmaxFocal'],
  ...['sigmoidFocalStar', 'softmaxFocalStar', 'qualityFocal'],
];

/** Everything around the loss of one logit, written without core: rows, α, weights, ignored entries, denominators. */
export const reduced =
  (point: (loss: Loss, x: number, y: number) => Point) =>
  (call: Call): Answer => {
    const { loss, logits, targets, shape, weights, normalizer, wants } = call;
    const wanted = wants.includes('grad');
    const { alpha, ignoreIndex, background, reduction } = loss;
    const classes = loss.link === 'softmax' ? shape[1] : 1;
    const value = new Float64Array(targets.length);
    const grad = new Float64Array(logits.length);
    const totals = { count: 0, positives: 0, weights: 0 };

    for (let i = 0; i < targets.length; i++) {
      const y = targets[i];
      if (y === ignoreIndex) continue;
      const w = weights?.[i] ?? 1;
      if (!(w >= 0 && w < Infinity)) throw new RangeError(`weights[${i}] is ${w}`);
      const known = classes === 1 ? y >= 0 && y <= 1 : Number.isInteger(y) && y >= 0 && y < classes;
      if (!known) throw new RangeError(`targets[${i}] is ${y}`);
      totals.count += 1;
      totals.weights += w;
      totals.positives += classes > 1 ? Number(y !== background) : loss.positives === 'ones' ? Number(y === 1) : y;

      const row = logits.subarray(i * classes, (i + 1) * classes);
      const factor =
        w * (alpha === undefined ? 1 : typeof alpha === 'number' ? y * alpha + (1 - y) * (1 - alpha) : alpha[y]);
      if (factor === 0) continue;
      if (classes === 1) {
        const [entry, slope] = point(loss, row[0], y);
        value[i] = factor * entry;
        grad[i] = factor * slope;
        continue;
      }
      const others = Array.from(row).map((x, j) => (j === y ? -Infinity : x));
      const max = Math.max(...others);
      const shares = others.map((x) => (x === max && x > -Infinity ? 1 : Math.exp(x - (max === -Infinity ? 0 : max))));
      const sum = shares.reduce((a, b) => a + b, 0);
      const margin = sum === 0 ? Infinity : row[y] - max - Math.log(sum);
      const [entry, slope] = point(loss, margin, 1);
      value[i] = factor * entry;
      for (let j = 0; j < classes; j++) {
        grad[i * classes + j] = j === y ? factor * slope : sum === 0 ? 0 : (-factor * slope * shares[j]) / sum;
      }
    }

    if (reduction === 'none') return wanted ? { value, grad } : { value };
    const named = loss.normalizer === 'positives' ? Math.max(totals.positives, 1) : totals[loss.normalizer];
    const divisor = reduction === 'sum' ? 1 : (normalizer ?? named);
    const scale = divisor === 0 ? 0 : 1 / divisor;
    const reduced = divisor === 0 ? 0 : value.reduce((a, b) => a + b, 0) * scale;
    return wanted ? { value: reduced, grad: grad.map((g) => g * scale) } : { value: reduced };
  };
