import type { TensorOps } from '@focal-loss/core';
import { axisOps, SUMMED_AT_ONCE } from './axis.ts';
import { clip, largestOf, reduceMax, stepOf } from './bounded.ts';
import type { Call } from './call.ts';
import { indexRows } from './indexRows.ts';
import { nodeOps } from './ops.ts';
import { differenceLow } from './rounding.ts';
import type { GraphValue, Writer } from './writer.ts';

/**
 * The algebra of whole calls that writes ONNX nodes. Every size is symbolic, and nothing is reshaped, transposed or cast but
 * for sums: those operations were revised in every late opset, and on CUDA the revised ones run on the CPU. Rows lie along
 * whatever axis has the classes, and a column has a size of 1 there. Logits of rows have to be `bounded`.
 */
export function tensorOps(w: Writer, call: Call): TensorOps<GraphValue> {
  const { link, targets, index, classes, rank, accumulate } = call;
  const o = nodeOps(w, call.valueAlone);
  const softmax = link === 'softmax';
  const isIndex = softmax && targets === 'class';
  const [zero, one] = [o.constant(0), o.constant(1)];
  const rows = axisOps(w, call);
  const { positions, overRow, sumRow, column, asColumn, entries, isEmpty } = rows;
  const both = (a: GraphValue, b: GraphValue) => w.node('And', [a, b]);
  const choose = (truth: GraphValue, a: GraphValue, b: GraphValue) => w.node('Where', [truth, a, b]);
  const less = (a: GraphValue, b: GraphValue) => w.node('Less', [a, b]);
  /** CUDA has no kernel of Equal from opset 19 on. NaN equals nothing. */
  const equal = (a: GraphValue, b: GraphValue) => both(w.lessOrEqual(a, b), w.lessOrEqual(b, a));
  const ones = new Set<string>();
  /** Values that are 0 or 1: float32 adds them exactly as far as 2²⁴, and in several lanes farther. */
  const counts = new Set<string>();
  /** Sums of them. */
  const counted = new Set<string>();
  /** Truths that hold nowhere. */
  const nowhere = new Set<string>();

  /** Sums of all entries, of what. */
  const sums = new Map<string, GraphValue>();
  /** 1 divided by the number of entries, or 0; and the number without its 0 on the way there. */
  const inverses = new Set<string>();
  const guarded = new Set<string>();
  const noted = (notes: Set<string>, value: GraphValue) => {
    notes.add(value.name);
    return value;
  };

  const ops: TensorOps<GraphValue> = {
    ...o,
    far: Infinity,
    ...(call.turns && { turn }),
    less(a, b) {
      const truth = less(a, b);
      if (counted.has(a.name) && b.literal === 0) nowhere.add(truth.name);
      return truth;
    },
    equal: (a, b) => (counted.has(a.name) && b.literal === 0 ? less(a, one) : equal(a, b)),
    choose(truth, a, b) {
      if (nowhere.has(truth.name)) return b;
      // Of ones, those that are left: a constant does, as the truth is as long.
      const made = choose(truth, a, a.literal === 0 && ones.has(b.name) ? one : b);
      if (a.literal === 1 && counted.has(b.name)) return noted(guarded, made);
      if (a.literal === 0 && inverses.has(b.name)) return noted(inverses, made);
      if (a.literal === 0 && counts.has(b.name)) counts.add(made.name);
      if (a.low === undefined && b.low === undefined) return made;
      return { ...made, low: choose(truth, a.low ?? zero, b.low ?? zero) };
    },
    target: (value) => (isIndex ? w.integers([value], index, []) : o.constant(value)),
    /** y(1 − y) is negative outside [0, 1] and only there; comparisons take longer. */
    probability(y) {
      const flaw = w.node('Mul', [w.node('Sqrt', [w.node('Mul', [y, w.node('Sub', [one, y])])]), zero]);
      return w.node('Add', [y, flaw]);
    },
    /** It stands in the shape, but Shape and Size were revised too often. */
    ones(entries) {
      const made = softmax ? choose(less(entries, entries), zero, one) : clip(w, entries, 1, 1);
      ones.add(made.name);
      counts.add(made.name);
      return made;
    },

    oneHot(_, of) {
      const hot = choose(equal(positions(index), column(of)), one, zero);
      // Of a class that is none there is nothing to divide by: 0/0.
      return w.node('Div', [hot, overRow(hot)]);
    },
    near(_, of) {
      const [at, place] = [positions(w.precision), column(of)];
      // Not 1 − |class − place|: of a place near 0 this has all digits.
      const [above, below] = [o.sub(o.add(at, one), place), o.sub(place, o.sub(at, one))];
      const nearness = w.node('Relu', [w.node('Min', [above, below])]);
      const last = o.sub(count(), one);
      const isPlace = both(w.lessOrEqual(zero, place), w.lessOrEqual(place, last));
      return choose(isPlace, nearness, o.constant(Number.NaN));
    },
    classes: count,
    /**
     * Where one class has more than half of the softmax it is that one. Where none has, it is the first: no other class is
     * then so much of a sum that the sum of the others would cancel, which is all that the largest is looked for.
     */
    first(a) {
      const e = share(a, largestOf(w, a, call.axis, true));
      const half = o.constant(0.5);
      const most = less(o.mul(half, sumRow(e)), e);
      const none = less(overRow(choose(most, one, zero)), half);
      const isFirst = both(none, less(positions('int32'), w.integers([1], 'int32', [])));
      // WebGPU has no Or.
      return less(half, choose(most, one, choose(isFirst, one, zero)));
    },
    /** The sum of all without its own, but of a term that is more than half of it: there, the sum of the others. */
    sumOthers(a) {
      const size = o.abs(a);
      const most = less(o.mul(o.constant(0.5), sumRow(size)), size);
      return choose(most, sumRow(choose(most, zero, a)), o.sub(sumRow(a), a));
    },

    // What is compared with as a number is one for all rows.
    hot: (_, of) =>
      equal(positions(index), of.literal === undefined ? column(of) : w.integers([of.literal], index, [])),
    // Of a class that is none there is nothing to pick: 0/0.
    pick: (a, hot) => w.node('Div', [overRow(choose(hot, a, zero)), overRow(choose(hot, one, zero))]),
    maxRow: (a) => largestOf(w, a, call.axis, true),
    sumRow,
    share,
    difference(a, b) {
      const made = difference(a, b);
      return a.low === undefined ? made : { ...made, low: o.add(made.low, a.low) };
    },
    column,
    entries: (of) => (softmax ? entries(asColumn(of)) : of),
    sumEach(of) {
      const axes = (softmax ? rank - 1 : rank) - 1;
      if (axes <= 0) return of;
      return summed(
        of,
        Array.from({ length: axes }, (_, i) => i + 1),
      );
    },
    sumAll(of) {
      // NaN among the targets of a sigmoid shows in their count.
      if (softmax && ones.has(of.name) && call.entries !== undefined) return o.constant(call.entries);
      const sum = summed(of);
      sums.set(sum.name, of);
      // Those that are left of all are counted no faster.
      return ones.has(of.name) ? noted(counted, sum) : sum;
    },
    div: (a, b) => (a.literal === 1 && guarded.has(b.name) ? noted(inverses, o.div(a, b)) : o.div(a, b)),
    mul(a, b) {
      const of = sums.get(a.name);
      if (softmax || of === undefined || !inverses.has(b.name)) return o.mul(a, b);
      // Nobody needs the number of entries then, unless there is a gradient.
      const mean = w.node('ReduceMean', [w.cast(of, accumulate)], { keepdims: { kind: 'int', value: 0 } });
      return choose(isEmpty(), zero, w.cast(mean, w.precision, accumulate));
    },
  };
  return call.byIndex ? indexRows(w, call, ops, rows) : ops;

  /** In the number format of sums. */
  function summed(of: GraphValue, axis?: readonly number[]): GraphValue {
    const few = call.entries !== undefined && call.entries <= SUMMED_AT_ONCE.byIndex;
    const element = counts.has(of.name) || few ? w.precision : accumulate;
    return w.cast(w.sum(w.cast(of, element), { axis }), w.precision, element);
  }

  /** By arithmetic, which takes less than a choice does: what is 1 at x > 0 and else 0 is x times so much that it is cut off. */
  function turn(x: GraphValue, label: GraphValue) {
    // Within 2⁻⁶⁰ of 0 both signs come to the same.
    const isAbove = stepOf(w, x, 2 ** 60);
    const rest = o.abs(o.sub(label, isAbove));
    // Beside a rest near 1 nothing depends on the last digits of what is left.
    const turned: GraphValue = { ...w.node('Sub', [one, rest]), complement: rest };
    const complement: GraphValue = { ...rest, complement: turned };
    const size: GraphValue = { ...w.node('Abs', [x]), isSize: true };
    // Of a value there is no slope that would take the side.
    return { size, label: { ...turned, complement }, side: one };
  }

  function count(): GraphValue {
    if (classes !== undefined) return o.constant(classes);
    return overRow(choose(less(positions('int32'), w.integers([0], 'int32', [])), zero, one));
  }

  function share(a: GraphValue, b: GraphValue): GraphValue {
    const { low, ...deviation } = difference(a, b);
    const cutoff = o.constant(w.precision === 'float32' ? -200 : -1000);
    const power = w.node('Exp', [w.node('Max', [deviation, cutoff])]);
    return w.node('Add', [power, w.node('Mul', [power, low])]);
  }

  function difference(a: GraphValue, b: GraphValue) {
    const made = o.sub(a, b);
    return { ...made, low: differenceLow(o, a, b, made) };
  }
}

/**
 * For each row whether it has a softmax: not all of it is masked.
 *
 * @param keep Whether there is a size of 1 along the axis of the classes.
 */
export function hasSoftmax(w: Writer, { axis, logits }: Pick<Call, 'axis' | 'logits'>, keep: boolean): GraphValue {
  const [masked, zero, one] = [w.constant(-Infinity), w.constant(0), w.constant(1)];
  const most = reduceMax(w, logits, axis, keep);
  if (most !== undefined) return w.node('Less', [masked, most]);
  const open = w.node('Where', [w.node('Less', [masked, logits]), one, zero]);
  return w.node('Less', [zero, w.sum(open, { axis, keep })]);
}
