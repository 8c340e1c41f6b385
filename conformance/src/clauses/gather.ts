import type { Link } from '@focal-loss/core';
import type { Input } from '../vectors.ts';

/** Numbers of some places along the `at`-th axis of an array, in that order; a place may come again. */
export function along<N extends ArrayLike<number>>(
  numbers: N,
  sizes: readonly number[],
  at: number,
  places: ArrayLike<number>,
): number[] {
  const behind = sizes.slice(at + 1).reduce((all, size) => all * size, 1);
  const block = sizes[at] * behind;
  const picked = new Array<number>((numbers.length / sizes[at]) * places.length);
  let k = 0;
  for (let from = 0; from < numbers.length; from += block)
    for (let i = 0; i < places.length; i++)
      for (let j = 0; j < behind; j++) picked[k++] = numbers[from + places[i] * behind + j];
  return picked;
}

/** The shape of the targets of logits of a shape, and which of its axes is the `k`-th of the logits. */
export function ofTargets(link: Link, shape: readonly number[], classAxis: number, k: number) {
  if (link === 'sigmoid') return { shape, at: k };
  return { shape: shape.filter((_, i) => i !== classAxis), at: k > classAxis ? k - 1 : k };
}

/** The axis of the classes, counted from the first. */
export const classAxisOf = ({ axis = -1 }: Input, rank: number): number => (axis < 0 ? rank + axis : axis);

/** A call of some places along the `k`-th axis of the logits, which is not that of the classes, and what belongs to them. */
export function gathered(link: Link, input: Input, k: number, places: ArrayLike<number>): Input {
  const { logits, targets, shape = [logits.length], weights, weightsShape } = input;
  const entries = ofTargets(link, shape, classAxisOf(input, shape.length), k);
  const resized = (sizes: readonly number[], at: number) => sizes.map((size, i) => (i === at ? places.length : size));
  const made = {
    ...input,
    logits: along(logits, shape, k, places),
    targets:
      targets.length === logits.length && link === 'softmax'
        ? along(targets, shape, k, places)
        : along(targets, entries.shape, entries.at, places),
    shape: resized(shape, k),
  };
  if (weights === undefined) return made;
  // Without a shape of their own they are one per target, or one for each place along the last axis.
  const all = entries.shape.reduce((product, size) => product * size, 1);
  const own = weightsShape ?? (weights.length === all ? entries.shape : entries.shape.slice(-1));
  const at = entries.at - (entries.shape.length - own.length);
  if (at < 0 || own[at] === 1) return made;
  return {
    ...made,
    weights: along(weights, own, at, places),
    ...(weightsShape && { weightsShape: resized(own, at) }),
  };
}
