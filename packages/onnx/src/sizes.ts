import type { Loss } from '@focal-loss/core';
import type { Call } from './call.ts';
import type { Dimension, Element, Port } from './model.ts';
import type { GraphValue, Writer } from './writer.ts';

/** The end of a Slice that takes all there is. */
const ALL = 2 ** 31 - 1;

/** An input as long as the logits are, but for an axis of theirs that it may lack, and for axes of size 1 where it broadcasts. */
export interface Sized {
  readonly value: GraphValue;
  /** Of its numbers. */
  readonly element: Element;
  readonly shape: readonly Dimension[];
  /** For each axis which one of the logits it lies along. */
  readonly along: readonly number[];
}

/**
 * A truth: whether inputs are as long as the logits, along the axes of which the file does not say how long they are. ONNX
 * broadcasts a single entry to any number, in silence, and a lookup of rows does not see that there are more of them.
 *
 * @param classes How many classes the loss is for, if for some.
 * @returns Undefined where the file says it all, which a runtime compares itself.
 */
export function sizesFit(
  w: Writer,
  { rank, axis, logits, link }: Call,
  shape: readonly Dimension[],
  inputs: readonly Sized[],
  classes?: number,
): GraphValue | undefined {
  const isLookup = (at: number) => link === 'softmax' && rank === 2 && axis === 1 && at === 0;
  const gaps: GraphValue[] = [];
  for (const { value, element, shape: own, along } of inputs) {
    own.forEach((size, i) => {
      const at = along[i];
      if (size === 1 || (typeof size === 'number' && typeof shape[at] === 'number')) return;
      // Other sizes than 1 are compared by what is done with them.
      const most = isLookup(at) ? ALL : 2;
      gaps.push(gap(counted(logits, rank, at, most), counted(value, own.length, i, most, element === 'int32')));
    });
  }
  if (classes !== undefined && typeof shape[axis] !== 'number') {
    gaps.push(gap(counted(logits, rank, axis, 2), w.constant(Math.min(classes, 2))));
  }
  if (gaps.length === 0) return undefined;
  const all = gaps.reduce((sum, one) => w.node('Add', [sum, one]));
  return w.node('Less', [all, w.constant(0.5)]);

  /**
   * How many entries there are along an axis, at most `most`; a size looked up in the shape would be an operation for the CPU.
   *
   * @param late Whether all entries become ones before some are taken: WebGPU compares int32, but has no Slice of it. Of int64 it has
   *   neither.
   */
  function counted(value: GraphValue, rank: number, at: number, most: number, late = false): GraphValue {
    const axes = Array.from({ length: rank }, (_, i) => i);
    const line = (a: GraphValue) =>
      rank === 1 && most === ALL
        ? a
        : w.node('Slice', [
            a,
            ...[axes.map(() => 0), axes.map((i) => (i === at ? most : 1)), axes].map((of) => w.integers(of)),
          ]);
    return w.sum(late ? line(ones(value)) : ones(line(value)));
  }

  function ones(of: GraphValue): GraphValue {
    return w.node('Where', [w.node('Less', [of, of]), w.constant(0), w.constant(1)]);
  }

  function gap(a: GraphValue, b: GraphValue): GraphValue {
    return w.node('Abs', [w.node('Sub', [a, b])]);
  }
}

/** The sizes of one entry each: those of the logits, at a softmax without the axis of the classes. */
export const entriesOf = (
  { link }: Pick<Loss, 'link'>,
  axis: number,
  logits: Pick<Port, 'shape'>,
): readonly Dimension[] =>
  link === 'softmax' ? logits.shape.filter((_, i) => i !== placeOf(axis, logits).axis) : logits.shape;

/** The axis of the classes, counted from 0, and how many there are. */
export const placeOf = (axis: number, { shape }: Pick<Port, 'shape'>) => ({
  rank: shape.length,
  axis: axis < 0 ? shape.length + axis : axis,
});
