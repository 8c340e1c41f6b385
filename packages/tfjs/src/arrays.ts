import type { Loss, TensorOps } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { renamed } from './operation.ts';
import { type Operand, operandOf, sumLow, tensorOf, tensors } from './ops.ts';

/** Terms one sum of a backend is trusted with: float32, one after the other, they cost half an ulp each at worst. */
const TRUSTED = 16;

/** The sums over the last axis, which is kept, by the backend's own `sum`, in a tree of short sums. */
export function treeSums(terms: tf.Tensor): tf.Tensor {
  const [rows, columns] = terms.shape as [number, number];
  let rest = terms;
  for (let count = columns, groups: number; count > TRUSTED; count = groups) {
    groups = Math.ceil(count / TRUSTED);
    const padding: [number, number][] = [
      [0, 0],
      [0, groups * TRUSTED - count],
    ];
    rest = tf.reshape(tf.sum(tf.reshape(tf.pad(rest, padding), [rows * groups, TRUSTED]), 1), [rows, groups]);
  }
  return tf.sum(rest, 1, true);
}

/** The sum of a vector, without an order of summation that loses digits. */
export type Sum = (terms: tf.Tensor) => tf.Tensor;

/** The sum in a tree of short sums. */
export const treeSum: Sum = (terms) => tf.reshape(treeSums(tf.reshape(terms, [1, terms.size])), []);

const finiteOnly = (low: tf.Tensor) => tf.where(tf.less(tf.abs(low), Infinity), low, 0);
const withLow = ({ low }: Operand) => low ?? 0;

/** e^(a − b) for a ≤ b, and 1 where they are equal, infinities too. */
function share(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const difference = tf.sub(a, b);
  const e = tf.exp(difference);
  // From a difference of −16 on, what rounding took from it shows in the seventh digit.
  const lost = finiteOnly(sumLow(a, tf.neg(b), difference));
  return tf.where(tf.equal(a, b), 1, tf.add(e, tf.mul(e, lost)));
}

/**
 * The algebra of a whole call, on logits of shape [rows], or at a softmax [rows, classes].
 *
 * @param sum Of what has one number an entry.
 */
export function arraysOf({ link }: Loss, rows: number, sum: Sum = treeSum): TensorOps<Operand> {
  const softmax = link === 'softmax';
  const both = (op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) => (a: Operand, b: Operand) =>
    operandOf(op(tensorOf(a), tensorOf(b)));
  const compare = (op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) => both((a, b) => op(renamed(a), renamed(b)));
  /** One number a row; one for all stays that. */
  const shaped = (a: Operand, shape: number[]): Operand =>
    softmax && a.tensor !== undefined && a.tensor.rank > 0 ? operandOf(tf.reshape(a.tensor, shape)) : a;

  return {
    ...tensors,
    far: 2 ** 60,
    less: compare(tf.less),
    equal: compare(tf.equal),
    choose(truth, a, b) {
      const chosen = tf.where(tensorOf(truth), tensorOf(a), tensorOf(b));
      if (a.low === undefined && b.low === undefined) return operandOf(chosen);
      return operandOf(chosen, tf.where(tensorOf(truth), withLow(a), withLow(b)));
    },
    target: tensors.constant,
    probability({ tensor }) {
      const y = tensor as tf.Tensor;
      const own = renamed(y);
      return operandOf(tf.where(tf.logicalAnd(tf.greaterEqual(own, 0), tf.lessEqual(own, 1)), y, Number.NaN));
    },
    ones: (entries) => operandOf(tf.onesLike(tensorOf(entries))),

    oneHot(logits, classes) {
      const hot = hotOf(logits, classes);
      return operandOf(tf.where(tf.any(hot, 1, true), tf.cast(hot, 'float32'), Number.NaN));
    },
    near(logits, places) {
      const [at, place] = [counted(logits), tf.reshape(tensorOf(places), [rows, 1])];
      // Not 1 − |class − place|: of a place near 0 this has all digits.
      const nearness = tf.minimum(tf.sub(tf.add(at, 1), place), tf.sub(place, tf.sub(at, 1)));
      const own = renamed(place);
      const isPlace = tf.logicalAnd(tf.greaterEqual(own, 0), tf.lessEqual(own, classesOf(logits) - 1));
      return operandOf(tf.where(isPlace, tf.maximum(nearness, 0), Number.NaN));
    },
    classes: (logits) => tensors.constant(classesOf(logits)),
    first: (a) => hotFirst(a),
    /** The sum of all without its own, but of a term that is more than half of it: there, the sum of the others. */
    sumOthers(operand) {
      const a = tensorOf(operand);
      const size = tf.abs(a);
      const most = tf.greater(size, tf.mul(treeSums(size), 0.5));
      return operandOf(tf.where(most, treeSums(tf.where(most, 0, a)), tf.sub(treeSums(a), a)));
    },

    hot: (logits, classes) => operandOf(hotOf(logits, classes)),
    pick(a, hot) {
      const truth = tensorOf(hot);
      const sum = tf.sum(tf.where(truth, tensorOf(a), 0), 1, true);
      return operandOf(tf.where(tf.any(truth, 1, true), sum, Number.NaN));
    },
    maxRow: (a) => operandOf(tf.max(tensorOf(a), 1, true)),
    sumRow: (a) => operandOf(treeSums(tensorOf(a))),
    share: both(share),
    difference(a, b) {
      const [x, y] = [tensorOf(a), tensorOf(b)];
      const value = tf.sub(x, y);
      return operandOf(value, finiteOnly(tf.add(sumLow(x, tf.neg(y), value), withLow(a))));
    },
    column: (entries) => shaped(entries, [rows, 1]),
    entries: (column) => shaped(column, [rows]),

    // Sums of examples are formed outside, of single losses.
    sumEach: (a) => a,
    // One number stands for all entries.
    sumAll: (a) => (a.literal === undefined ? operandOf(sum(tensorOf(a))) : tensors.constant(rows * a.literal)),
  };
  /** 0, 1, 2, … for each class, as a row. */
  function counted(logits: Operand): tf.Tensor {
    const count = classesOf(logits);
    return tf.reshape(tf.range(0, count), [1, count]);
  }

  /** Where the class is that of the row, or one for all rows. */
  function hotOf(logits: Operand, classes: Operand): tf.Tensor {
    return tf.equal(counted(logits), classes.tensor ? tf.reshape(classes.tensor, [rows, 1]) : tensorOf(classes));
  }

  function hotFirst(a: Operand): Operand {
    return operandOf(hotOf(a, operandOf(tf.cast(tf.argMax(tensorOf(a), 1), 'float32'))));
  }
}

const classesOf = (logits: Operand): number => tensorOf(logits).shape[1] as number;
