import { factorsOf, type Loss, margin, smoothed } from '@focal-loss/core';
import { sizesOf } from '../sizes.ts';
import type { Input } from '../vectors.ts';

/** What errors are relative to: the sizes of the terms of each target's loss and of its derivatives by each logit. */
export interface Scales {
  readonly value: number[];
  readonly grad: number[];
  readonly hess: number[];
}

/** Sizes that are worked out when one is asked for: they take longer than the numbers they are for. */
export function whenAsked(make: () => Scales): Readonly<Record<keyof Scales, (index: number) => number>> {
  let made: Scales | undefined;
  const of = (part: keyof Scales) => (index: number) => {
    made ??= make();
    return made[part][index];
  };
  return { value: of('value'), grad: of('grad'), hess: of('hess') };
}

/** The sizes of single logits with labels in [0, 1], α included: `alphaOf` gives that of the i-th. */
export function scalesOfLabels(
  loss: Loss,
  { logits, targets }: Input,
  order: 1 | 2,
  alphaOf: (i: number) => number | undefined,
): Scales {
  const sizes = sizesOf(loss, order);
  const scales = logits.map((x, i) => {
    const { up, down } = smoothed(loss, targets[i]);
    const { positive, negative } = factorsOf(alphaOf(i));
    const factor = up * positive + down * negative;
    return sizes(x, up).map((size) => factor * size);
  });
  return {
    value: scales.map(([value]) => value),
    grad: scales.map(([, slope]) => slope),
    hess: scales.map(([, , curve = 0]) => curve),
  };
}

/**
 * The sizes of rows of probabilities [rows, classes]: those of the loss of each class at its margin, added up instead of
 * cancelled.
 */
export function scalesOfRows(
  loss: Loss,
  logits: readonly number[],
  rows: readonly (readonly number[])[],
  order: 1 | 2,
): Scales {
  const classes = logits.length / rows.length;
  const sizes = sizesOf(loss, order);
  const others = new Float64Array(classes);
  const zeros = (length: number) => Array<number>(length).fill(0);
  const scales: Scales = { value: zeros(rows.length), grad: zeros(logits.length), hess: zeros(logits.length) };
  rows.forEach((row, i) => {
    const own = logits.slice(i * classes, (i + 1) * classes);
    const isOne = row.filter((share) => share !== 0).length === 1;
    row.forEach((share, c) => {
      if (share === 0) return;
      const { z } = margin(own, 0, classes, c, others);
      const [value, slope, curve = 0] = sizes(z, 1);
      scales.value[i] += share * value;
      for (let j = 0; j < classes; j++) {
        const r = j === c ? 1 : others[j];
        scales.grad[i * classes + j] += share * r * slope;
        // r²·f″ − r(1 − r)·f′. In the sums of a row of several classes 1 − r is a difference, whose terms are as large as the slope.
        const rest = isOne && r > 0.5 && j !== c ? sumBut(others, j) : 1;
        scales.hess[i * classes + j] += share * (r * r * curve + r * rest * slope);
      }
    });
  });
  return scales;
}

/** The sum of all but one, which is not taken from the sum of all: that cancels. */
const sumBut = (numbers: ArrayLike<number>, but: number): number =>
  Array.from(numbers).reduce((sum, one, k) => (k === but ? sum : sum + one), 0);
