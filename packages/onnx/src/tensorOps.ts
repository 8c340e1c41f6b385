import type { TensorOps } from '@focal-loss/core';
import { formats, nodeOps } from './ops.ts';
import { differenceLow } from './rounding.ts';
import type { GraphValue, Precision, Writer } from './writer.ts';

/** The number format of class indices. */
export type Index = 'int32' | 'int64';

/** What the algebra of a call has to know of it. */
export interface Call {
  readonly link: 'sigmoid' | 'softmax';
  /** The logits, whatever their numbers: sizes are counted off them. */
  readonly logits: GraphValue;
  /** The number format of class indices. */
  readonly index: Index;
  /** How many classes there are, where the graph is for no other number. */
  readonly classes?: number | undefined;
  /**
   * The number format of sums over all entries. ONNX Runtime's CPU provider adds one after the other: in float32, 10⁷
   * losses come out wrong by 2e-4.
   */
  readonly accumulate: Precision;
}

/** Up to so many numbers a row are added up by the runtime, in whatever order. */
export const SUMMED_AT_ONCE = 256;

/**
 * The algebra of whole calls that writes ONNX nodes. Every size is symbolic, and nothing is reshaped or cast but for sums:
 * those operations were revised in every late opset, and on CUDA the revised ones run on the CPU. Logits of rows have to
 * be `bounded`.
 */
export function tensorOps(w: Writer, { link, logits, index, classes, accumulate }: Call): TensorOps<GraphValue> {
  const o = nodeOps(w);
  const softmax = link === 'softmax';
  const [zero, one] = [o.constant(0), o.constant(1)];
  const both = (a: GraphValue, b: GraphValue) => w.node('And', [a, b]);
  const choose = (truth: GraphValue, a: GraphValue, b: GraphValue) => w.node('Where', [truth, a, b]);
  const less = (a: GraphValue, b: GraphValue) => w.node('Less', [a, b]);
  /** CUDA has no kernel of Equal from opset 19 on. NaN equals nothing. */
  const equal = (a: GraphValue, b: GraphValue) => both(w.node('LessOrEqual', [a, b]), w.node('GreaterOrEqual', [a, b]));
  const overRow = (a: GraphValue) => w.sum(a, { axis: 1, keep: true });
  const column = (entries: GraphValue) => (softmax ? w.node('Gather', [entries, positions(0, 'int32')]) : entries);
  /** 0 for each target that is one, and NaN for the others. */
  const flaws = new Map<string, GraphValue>();
  const ones = new Set<string>();
  /** Values that are 0 or 1: float32 adds them exactly as far as 2²⁴, and in several lanes farther. */
  const counts = new Set<string>();

  return {
    ...o,
    far: Infinity,
    less,
    equal,
    choose(truth, a, b) {
      // Of ones, those that are left: a constant does, as the truth is as long.
      const made = choose(truth, a, a.literal === 0 && ones.has(b.name) ? one : b);
      if (a.literal === 0 && counts.has(b.name)) counts.add(made.name);
      return made;
    },
    target: (value) => (softmax ? w.integers([value], index, []) : o.constant(value)),
    /** y(1 − y) is negative outside [0, 1] and only there; comparisons take longer. */
    probability(y) {
      const flaw = w.node('Mul', [w.node('Sqrt', [w.node('Mul', [y, w.node('Sub', [one, y])])]), zero]);
      flaws.set(y.name, flaw);
      return w.node('Add', [y, flaw]);
    },
    /** It stands in the shape, but Shape and Size were revised too often. */
    ones(entries) {
      const made = softmax
        ? choose(less(entries, entries), zero, one)
        : w.node('Add', [flaws.get(entries.name) ?? w.node('Mul', [entries, zero]), one]);
      ones.add(made.name);
      counts.add(made.name);
      return made;
    },

    hot: (_, of) => equal(positions(1, index), column(of)),
    // Of a class that is none there is nothing to pick: 0/0.
    pick: (a, hot) => w.node('Div', [overRow(choose(hot, a, zero)), overRow(choose(hot, one, zero))]),
    /** From opset 20 on, where ReduceMax was revised, a number between the mean and the largest: it does as well. */
    maxRow(a) {
      const keepdims = { keepdims: { kind: 'int', value: 1 } } as const;
      if (w.opset < 18) return w.node('ReduceMax', [a], { axes: { kind: 'ints', value: [1] }, ...keepdims });
      if (w.opset < 20) return w.node('ReduceMax', [a, w.integers([1])], keepdims);
      return overRow(w.node('Mul', [w.node('Softmax', [a], { axis: { kind: 'int', value: 1 } }), a]));
    },
    sumRow: (a) => (classes !== undefined && classes > SUMMED_AT_ONCE ? inHalves(a, classes) : overRow(a)),
    share(a, b) {
      const { low, ...deviation } = difference(a, b);
      const cutoff = o.constant(w.precision === 'float32' ? -200 : -1000);
      const power = w.node('Exp', [w.node('Max', [deviation, cutoff])]);
      return w.node('Add', [power, w.node('Mul', [power, low])]);
    },
    difference(a, b) {
      const made = difference(a, b);
      return a.low === undefined ? made : { ...made, low: o.add(made.low, a.low) };
    },
    column,
    entries: (of) => (softmax ? w.sum(asColumn(of), { axis: 1 }) : of),
    sumAll(entries) {
      const element = counts.has(entries.name) ? w.precision : accumulate;
      return w.cast(w.sum(w.cast(entries, element)), w.precision, element);
    },
  };

  function difference(a: GraphValue, b: GraphValue) {
    const made = o.sub(a, b);
    return { ...made, low: differenceLow(o, a, b, made) };
  }

  /** A formula may be a constant: one number for all rows. */
  function asColumn(a: GraphValue): GraphValue {
    if (!w.isUniform(a)) return a;
    return choose(w.node('Less', [positions(0, 'int32'), w.integers([0], 'int32', [])]), zero, a);
  }

  /**
   * 0, 1, 2, … along one axis of the logits: as a column [rows, 1] or a row [1, classes]. Counted, not looked up in their
   * shape.
   */
  function positions(axis: 0 | 1, element: Index): GraphValue {
    const [from, to, across] = [w.integers([0]), w.integers([1]), w.integers([1 - axis])];
    const line = w.node('Slice', [logits, from, to, across]);
    const [none, step] = [w.integers([0], element, []), w.integers([1], element, [])];
    const steps = choose(less(line, line), none, step);
    return w.node('CumSum', [steps, w.integers([axis], 'int64', [])], { exclusive: { kind: 'int', value: 1 } });
  }

  /** The sum over a row of many classes: one half is added to the other until few are left, as a runtime may not. */
  function inHalves(a: GraphValue, size: number): GraphValue {
    const slice = (from: number, to: number) =>
      w.node('Slice', [a, w.integers([from]), w.integers([to]), w.integers([1])]);
    if (size <= SUMMED_AT_ONCE) return overRow(a);
    const half = Math.floor(size / 2);
    const folded = w.node('Add', [slice(0, half), slice(half, 2 * half)]);
    const sum = inHalves(folded, half);
    return size % 2 === 0 ? sum : w.node('Add', [sum, slice(size - 1, size)]);
  }
}

/** Logits of rows, none of them so large that a difference overflows. −∞ masks a class, and so does what it becomes. */
export function bounded(w: Writer, logits: GraphValue): GraphValue {
  const bound = formats[w.precision].largest / 4;
  return w.node('Max', [w.node('Min', [logits, w.constant(bound)]), w.constant(-bound)]);
}
