import type { Ops } from './ops.ts';

/**
 * The algebra a whole call is written in: that of numbers, elementwise over arrays, and what a call needs beside it. `T`
 * is an array in the reference, a tensor in a framework, the name of one in a graph; a truth is a `T`, too, in whatever
 * form the backend keeps truths.
 *
 * There are three kinds of arrays. The logits are [n] at a sigmoid and [rows, classes] at a softmax; entries are [n] or
 * [rows], one number a target; a column is entries in the shape that broadcasts over the classes of a row. At a sigmoid
 * entries and columns are the same. Constants broadcast over all of them.
 */
export interface TensorOps<T> extends Ops<T> {
  /**
   * Beyond ±far a loss is continued along its slope: parameters times a logit may overflow where the loss does not, and
   * at ±∞ the line gives the limit. `Infinity` where nothing is continued.
   */
  readonly far: number;

  /**
   * What makes a logit and its label those of |x|, where a backend gains by knowing the sign: f(x, y) = f(−x, 1 − y) for formulas
   * whose labels are alike. 1 minus the label is to have all its digits, too; `side` is the sign of x, 1 at 0.
   */
  turn?(x: T, label: T): { readonly size: T; readonly label: T; readonly side: T };

  /** Where a < b; nowhere if one is NaN. */
  less(a: T, b: T): T;
  /** Where a = b; nowhere if one is NaN. */
  equal(a: T, b: T): T;
  /** `a` where `truth` holds, else `b`. What is not chosen does not matter, not even if it is NaN. What one carries, it keeps. */
  choose(truth: T, a: T, b: T): T;
  /** A constant in whatever format the targets come in, for comparisons with them. */
  target(value: number): T;
  /** `y` where it is in [0, 1], else NaN. */
  probability(y: T): T;
  /** As many ones as there are entries. */
  ones(entries: T): T;

  /** Class indices as rows of probabilities [rows, classes]: 1 at the class, else 0. All NaN for what is no class. */
  oneHot(logits: T, classes: T): T;
  /**
   * Places in [0, classes − 1] as rows of probabilities: 1 − |class − place| at the classes beside it, else 0. All NaN for what is
   * no place.
   */
  near(logits: T, places: T): T;
  /** The number of classes of logits [rows, classes], as a constant or as a number that broadcasts. */
  classes(logits: T): T;
  /** A truth over [rows, classes]: at one of the largest numbers of each row. */
  first(a: T): T;
  /** For each class of a row the sum over the others, without subtracting its own from the sum of all: that cancels. */
  sumOthers(a: T): T;

  /** A truth over logits [rows, classes]: where the class is that of the row. Nowhere for what is no class. */
  hot(logits: T, classes: T): T;
  /** What each row has where `hot` holds, as a column; NaN where that is nowhere. */
  pick(a: T, hot: T): T;
  /** The largest number of each row, or one close to it, as a column. */
  maxRow(a: T): T;
  /** The sum over each row, as a column; as exact as the format, however many classes there are. */
  sumRow(a: T): T;
  /** e^(a − b) for a ≤ b, what rounding took from the difference included. 1 where they are equal, infinities too. */
  share(a: T, b: T): T;
  /** a − b, carrying what rounding took from it into `softplus` and `sigmoid`, as `affine` does. */
  difference(a: T, b: T): T;
  /** Entries as a column. */
  column(entries: T): T;
  /** A column as entries. */
  entries(column: T): T;

  /** The sums of the entries of each example: those with the same index along the first axis of the targets. */
  sumEach(entries: T): T;
  /** The sum of all entries, one number. 10⁷ terms of the format keep six digits: no naive accumulation in float32. */
  sumAll(entries: T): T;
}
