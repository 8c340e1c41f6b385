import type { Call } from './call.ts';
import type { Element } from './model.ts';
import type { GraphValue, Writer } from './writer.ts';

/**
 * Up to so many numbers a row are added up by the runtime: of a class's row, of rows of all classes, whose terms are sums themselves, and
 * of either where it adds one after the other, and equal numbers lose half an ulp each.
 */
export const SUMMED_AT_ONCE = { byIndex: 256, soft: 64, inOrder: 16 } as const;

/** Of longer rows so many are left to it. */
const LEFT = 8;

/** What of the algebra of a call looks at the axis of the classes. */
export function axisOps(
  w: Writer,
  { link, logits, classes, rank, axis, byIndex, summedAtOnce }: Omit<Call, 'accumulate'>,
) {
  const softmax = link === 'softmax';
  const others = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
  /** Rows one after the other, whose entries become a column by a lookup: Unsqueeze was revised in every opset from 21 on. */
  const isPlain = rank === 2 && axis === 1;
  const isLookup = isPlain && w.opset >= 21;
  const atOnce =
    w.precision === 'float64'
      ? SUMMED_AT_ONCE.byIndex
      : (summedAtOnce ?? (byIndex ? SUMMED_AT_ONCE.byIndex : SUMMED_AT_ONCE.soft));
  const zero = w.constant(0);
  const choose = (truth: GraphValue, a: GraphValue, b: GraphValue) => w.node('Where', [truth, a, b]);
  const less = (a: GraphValue, b: GraphValue) => w.node('Less', [a, b]);
  const overRow = (a: GraphValue) => w.sum(a, { axis, keep: true });

  return {
    overRow,
    sumRow: (a: GraphValue) => (classes !== undefined && classes > atOnce ? inHalves(a, classes) : overRow(a)),
    /** 0, 1, 2, … along the axis of the classes, with a size of 1 along all others. */
    positions: (element: Counted) => along(axis, element),
    column(entries: GraphValue): GraphValue {
      if (!softmax) return entries;
      if (isLookup) return w.node('Gather', [entries, along(0, 'int32')]);
      return w.overAxes(13, 'Unsqueeze', entries, [axis]);
    },
    /** How many classes there are, one number of a format of whole numbers. */
    classCount(element: 'int32' | 'int64'): GraphValue {
      if (classes !== undefined) return w.integers([classes], element, []);
      const [none, step] = [0, 1].map((value) => w.integers([value], element, []));
      const line = first(others);
      return w.sum(choose(less(line, line), none, step));
    },
    /** A truth: whether there are no logits. */
    isEmpty(): GraphValue {
      const line = first(Array.from({ length: rank }, (_, i) => i));
      return less(w.sum(choose(less(line, line), zero, w.constant(1))), w.constant(0.5));
    },
    entries: (column: GraphValue) =>
      // Squeeze was revised as Unsqueeze was.
      w.opset < 21 ? w.overAxes(13, 'Squeeze', column, [axis]) : w.sum(column, { axis }),
    /** A formula may be a constant: one number for all rows. */
    asColumn(a: GraphValue): GraphValue {
      if (!w.isUniform(a)) return a;
      const none = isPlain ? less(along(0, 'int32'), w.integers([0], 'int32', [])) : less(first([axis]), first([axis]));
      return choose(none, zero, a);
    },
  };

  /** The logits with a size of 1 along some axes. */
  function first(axes: readonly number[]): GraphValue {
    if (axes.length === 0) return logits;
    return w.node('Slice', [logits, w.integers(axes.map(() => 0)), w.integers(axes.map(() => 1)), w.integers(axes)]);
  }

  /** Counted along one axis of the logits, not looked up in their shape. */
  function along(at: number, element: Counted): GraphValue {
    const line = first(at === axis ? others : [axis]);
    const number = (value: number) => w.literal({ element, shape: [], values: [value] });
    const [none, step] = [number(0), number(1)];
    const steps = choose(less(line, line), none, step);
    return w.node('CumSum', [steps, w.integers([at], 'int64', [])], { exclusive: { kind: 'int', value: 1 } });
  }

  /** The sum over a row of many classes: one half is added to the other until few are left, as a runtime may not. */
  function inHalves(a: GraphValue, size: number): GraphValue {
    const slice = (from: number, to: number) =>
      w.node('Slice', [a, w.integers([from]), w.integers([to]), w.integers([axis])]);
    if (size <= LEFT) return overRow(a);
    const half = Math.floor(size / 2);
    const folded = w.node('Add', [slice(0, half), slice(half, 2 * half)]);
    const sum = inHalves(folded, half);
    return size % 2 === 0 ? sum : w.node('Add', [sum, slice(size - 1, size)]);
  }
}

type Counted = Extract<Element, 'int32' | 'int64' | 'float32' | 'float64'>;
