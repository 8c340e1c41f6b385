import { classesBack, classesLast, denominatorFor, type Loss, layout, weightsOf } from '@focal-loss/core';
import { flushed } from '../compare.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { type Scales, scalesOfLabels, scalesOfRows } from './scales.ts';

/** The sizes of the terms of what comes out: weights, α and denominator included. */
export function scalesOfCall(loss: Loss, input: Input, order: 1 | 2): Scales {
  const { logits, targets, offset: _, ...options } = input;
  const rows = loss.link === 'softmax' && targets.length === logits.length;
  const at = layout(loss, logits, targets, options);
  const { classes, categories, examples, perExample } = at;
  const weights = weightsOf(at, input.weights) ?? Array<number>(at.rows).fill(1);
  const alphaOf = (i: number) =>
    typeof loss.alpha === 'object' ? loss.alpha[Math.floor(i / categories.inner) % categories.count] : loss.alpha;
  const isIgnored = (i: number) => !rows && targets[i] === loss.ignoreIndex;
  const raw =
    loss.link === 'sigmoid'
      ? scalesOfLabels(loss, { ...input, targets: targets.map((y, i) => (isIgnored(i) ? 0 : y)) }, order, alphaOf)
      : scalesOfRows(loss, Array.from(classesLast(logits, at)), rowsOf(loss, input, at, rows), order);
  const kept = Array.from({ length: at.rows }, (_, i) => (isIgnored(i) ? 0 : weights[i]));
  // Where there is nothing to divide by, there is nothing to measure.
  const divisor = loss.reduction === 'mean' ? denominatorFor(loss, at, targets, weights, input.normalizer) || 1 : 1;
  const values = raw.value.map((size, i) => size * kept[i]);
  const spread = (sizes: readonly number[]) =>
    Array.from(
      classesBack(
        Float64Array.from(sizes, (size, i) => (size * kept[Math.floor(i / classes)]) / divisor),
        at,
      ),
    );
  const total = (some: readonly number[]) => some.reduce((sum, size) => sum + size, 0);
  const value = {
    none: () => values,
    example: () =>
      Array.from({ length: examples }, (_, i) => total(values.slice(i * perExample, (i + 1) * perExample))),
    sum: () => [total(values)],
    mean: () => [total(values) / divisor],
  }[loss.reduction]();
  return { value, grad: spread(raw.grad), hess: spread(raw.hess) };
}

/** Targets as rows of probabilities with α, smoothed. */
function rowsOf(
  { alpha, labelSmoothing, targets: kind }: Loss,
  { targets }: Input,
  at: { rows: number; classes: number; inner: number },
  rows: boolean,
): number[][] {
  const { classes } = at;
  const all = rows ? classesLast(targets, at) : undefined;
  return Array.from({ length: at.rows }, (_, i) =>
    Array.from({ length: classes }, (_, c) => {
      const target = targets[i];
      const share = all
        ? all[i * classes + c]
        : kind === 'place'
          ? Math.max(1 - Math.abs(c - target), 0)
          : Number(c === target);
      const smooth = share * (1 - labelSmoothing) + labelSmoothing / classes;
      return smooth * (typeof alpha === 'object' ? alpha[c] : 1);
    }),
  );
}

/** What terms that are no normal numbers may come to where all of them are weighted, added up and divided. */
export function toleranceOf(
  subject: Pick<Subject, 'dtype' | 'device'>,
  { logits, weights = [], normalizer = 1 }: Omit<Input, 'targets'>,
): number {
  // There may be more of them than an argument list holds.
  const largest = weights.reduce((most, one) => Math.max(most, one), 1);
  return (flushed(subject) * logits.length * largest) / Math.min(1, normalizer);
}
