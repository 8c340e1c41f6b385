import { carrying, type Scalar } from './carried.ts';
import { jet } from './dual.ts';
import type { Loss } from './loss.ts';
import { allMargins, margins } from './margins.ts';
import type { Params } from './ops.ts';
import { type Derivative, orderOf } from './program.ts';
import { factorsOf } from './reduction.ts';
import { withRest } from './rest.ts';
import type { TensorOps } from './tensor.ts';

/** One thing for each part that is wanted. */
export type Parts<T> = Readonly<Partial<Record<Derivative, T>>>;

/** What the formula is evaluated at. */
export interface Arguments<T> {
  readonly logits: T;
  /** As {@link look} leaves them. */
  readonly targets: T;
  readonly targetRows?: boolean | undefined;
  /** The numbers of the loss's parameters. Default: constants. */
  readonly params?: Params<T>;
  /**
   * α and 1 − α at a sigmoid, numbers or as many as entries; or one α a class [1, classes] at a softmax. Default: constants;
   * needed where α is a list.
   */
  readonly alpha?: { readonly positive: T; readonly negative: T } | { readonly classes: T } | undefined;
}

/**
 * The losses of single entries, α included, and their derivatives by the logits: entries for the value, and as many
 * numbers as there are logits for the others.
 */
export function evaluate<T>(o: TensorOps<T>, loss: Loss, at: Arguments<T>, wants: readonly Derivative[]): Parts<T> {
  if (loss.link === 'sigmoid') return ofLogits(o, loss, at, wants);
  return isByIndex(loss, at.targetRows) ? ofRows(o, loss, at, wants) : ofSoftRows(o, loss, at, wants);
}

/** Whether each row of a softmax is looked at from one class alone: the target is its index, and smoothing makes no row of it. */
export const isByIndex = ({ link, targets, labelSmoothing }: Loss, targetRows = false): boolean =>
  link === 'softmax' && targets === 'class' && !targetRows && labelSmoothing === 0;

function ofLogits<T>(
  o: TensorOps<T>,
  loss: Loss,
  { logits, targets, params, alpha }: Arguments<T>,
  wants: readonly Derivative[],
): Parts<T> {
  const { up, down } = smooth(o, loss, targets);
  const at = derivatives(o, loss, params, wants);
  let parts: T[];
  if (loss.labels === 'alike' && loss.labelSmoothing === 0 && o.turn !== undefined) {
    const { size, label, side } = o.turn(logits, up);
    parts = at(size, label).map((part, order) => (order % 2 === 1 ? o.mul(side, part) : part));
  } else if (loss.labelSmoothing !== 0 && loss.labels === 'alike') {
    // By the smaller of y and 1 − y, which has all its digits: f(x, y) = f(−x, 1 − y).
    const isPositive = o.less(down, up);
    const turn = (a: T) => o.choose(isPositive, o.neg(a), a);
    parts = at(turn(logits), o.choose(isPositive, down, up)).map((part, order) =>
      order % 2 === 1 ? turn(part) : part,
    );
  } else if (loss.labelSmoothing === 0) parts = at(logits, up);
  else parts = derivatives(withRest(o, up, down), loss, params, wants)(logits, up);
  if (loss.labels === 'apart') {
    // A formula that chooses by the label may not show that it is none.
    const isLabel = o.equal(up, up);
    parts = parts.map((part) => o.choose(isLabel, part, up));
  }
  if (loss.alpha === undefined) return pickParts(parts, wants);
  const { positive, negative } =
    alpha !== undefined && 'positive' in alpha
      ? alpha
      : mapped(factorsOf(loss.alpha as number), (factor) => o.constant(factor));
  const factor = o.add(o.mul(up, positive), o.mul(down, negative));
  const times = scaledBy(o, factor, typeof loss.alpha !== 'number' || loss.alpha === 0 || loss.alpha === 1);
  return pickParts(parts.map(times), wants);
}

/** Smoothed labels, and 1 minus them, each with all its digits: what rounding takes is carried to formulas that read it. */
function smooth<T>(o: TensorOps<T>, loss: Loss, y: T): { readonly up: T; readonly down: T } {
  const { labelSmoothing: epsilon } = loss;
  const rest = o.sub(o.constant(1), y);
  if (epsilon === 0) return { up: y, down: rest };
  const [kept, half] = [o.constant(1 - epsilon), o.constant(epsilon / 2)];
  const line = readsRests(loss) ? o.affine : (a: T, x: T, b: T) => o.add(o.mul(a, x), b);
  return { up: line(kept, y, half), down: line(kept, rest, half) };
}

/** Whether a formula multiplies by a label on its way to an exponential, as FL* does: then a label's rounding error shows. */
function readsRests({ formula, params }: Loss): boolean {
  const at = (low: number) => formula<Scalar>(carrying, 3, { value: 0.5, low }, params);
  const [plain, moved] = [0, 2 ** -10].map((low) => at(low)).map((one) => (typeof one === 'number' ? one : one.value));
  return plain !== moved;
}

/**
 * The formula at the margin z = x_t − logsumexp(x_j, j ≠ t) and y = 1: p_t = σ(z) exactly. With r the softmax over the
 * other classes, ∂z/∂x_t = 1 and ∂z/∂x_j = −r_j, and so f′ at the class and −r_j·f′ at the others; and for the second
 * derivatives f″ and r_j²·f″ − r_j(1 − r_j)·f′.
 */
function ofRows<T>(
  o: TensorOps<T>,
  loss: Loss,
  { logits: x, targets, params, alpha }: Arguments<T>,
  wants: readonly Derivative[],
): Parts<T> {
  const hot = o.hot(x, targets);
  const { z, others, rest } = margins(o, x, hot);
  let parts = derivatives(o, loss, params, wants)(z, o.constant(1));
  let toOthers = (share: T) => share;
  if (loss.alpha !== undefined && alpha !== undefined && 'classes' in alpha) {
    const isSilent = typeof loss.alpha === 'object' && loss.alpha.includes(0);
    const factor = o.pick(alpha.classes, hot);
    parts = parts.map(scaledBy(o, factor, isSilent));
    // As a weight of 0 does, an α of 0 silences the whole row, whatever is NaN among the other classes.
    if (isSilent) toOthers = (share) => o.choose(o.equal(factor, o.constant(0)), o.constant(0), share);
  }
  const [value, slope, curve] = parts;
  const made: { -readonly [P in Derivative]?: T } = {};
  if (wants.includes('value')) made.value = o.entries(value);
  const share = toOthers(others);
  if (wants.includes('grad')) made.grad = o.choose(hot, slope, o.mul(share, o.neg(slope)));
  if (wants.includes('hess')) {
    const spread = toOthers(o.mul(others, rest()));
    made.hess = o.choose(hot, curve, o.sub(o.mul(o.mul(share, share), curve), o.mul(spread, slope)));
  }
  return made;
}

/**
 * Σ_c y_c·f(z_c) over the margins z_c of all classes, of rows of probabilities y. With S_c the sum of the exponentials of the
 * classes other than c, r_j = e_j / S_c. All are relative to the largest logit but those of the class that has it, M, whose
 * others may be nothing beside it: these are relative to the largest of its others.
 */
function ofSoftRows<T>(
  o: TensorOps<T>,
  loss: Loss,
  { logits: x, targets, targetRows, params, alpha }: Arguments<T>,
  wants: readonly Derivative[],
): Parts<T> {
  const [zero, one] = [o.constant(0), o.constant(1)];
  let y = targetRows ? targets : loss.targets === 'place' ? o.near(x, targets) : o.oneHot(x, targets);
  if (loss.labelSmoothing !== 0) {
    const all = o.div(o.constant(loss.labelSmoothing), o.classes(x));
    y = o.add(o.mul(y, o.constant(1 - loss.labelSmoothing)), all);
  }
  if (loss.alpha !== undefined && alpha !== undefined && 'classes' in alpha) y = o.mul(y, alpha.classes);
  const isSilent = o.equal(y, zero);

  const { z, e, sums, top, ofTop } = allMargins(o, x);
  const [value, slope, curve] = derivatives(
    o,
    loss,
    params,
    wants,
  )(z, one).map((part) => o.choose(isSilent, zero, o.mul(y, part)));

  const made: { -readonly [P in Derivative]?: T } = {};
  if (wants.includes('value')) made.value = o.entries(o.sumRow(value));
  if (slope === undefined) return made;
  /** What all classes but M send to the others. */
  const below = (a: T) => o.choose(top, zero, a);
  const slopes = below(o.div(slope, sums));
  const [slopeOfTop, toOthers] = [o.pick(slope, top), o.sumOthers(slopes)];
  if (wants.includes('grad')) {
    made.grad = o.sub(o.sub(slope, o.mul(e, toOthers)), o.mul(ofTop.others, slopeOfTop));
  }
  if (wants.includes('hess')) {
    // r²·f″ − r(1 − r)·f′ as r²·(f″ + f′) − r·f′; at M, where r may be nearly 1, with 1 − r of its own.
    const squares = below(o.div(o.div(o.add(curve, slope), sums), sums));
    const rest = o.sumOthers(below(e));
    // What M has is 1 only where `maxRow` is the largest itself.
    const own = o.pick(e, top);
    const atTop = o.sumRow(below(o.div(o.div(o.mul(own, o.sub(o.mul(own, curve), o.mul(rest, slope))), sums), sums)));
    const others = o.sub(o.mul(o.mul(e, e), o.sumOthers(squares)), o.mul(e, toOthers));
    const { others: r } = ofTop;
    const fromTop = o.sub(o.mul(o.mul(r, r), o.pick(curve, top)), o.mul(o.mul(r, ofTop.rest()), slopeOfTop));
    made.hess = o.add(o.add(curve, o.choose(top, atTop, others)), fromTop);
  }
  return made;
}

/** [f, f′, …] up to what is wanted, for logits of any size. */
function derivatives<T>(
  o: TensorOps<T>,
  { formula, params: numbers }: Loss,
  given: Params<T> | undefined,
  wants: readonly Derivative[],
) {
  const params = given ?? mapped(numbers, (value) => o.constant(value));
  const order = Math.max(...wants.map((part) => orderOf[part]));
  if (o.far === Infinity) return jet(formula, o, params, order);
  const at = jet(formula, o, params, Math.max(order, 1));
  const [far, minusFar, zero] = [o.constant(o.far), o.constant(-o.far), o.constant(0)];
  return (x: T, y: T): T[] => {
    const near = o.choose(o.less(far, x), far, o.choose(o.less(x, minusFar), minusFar, x));
    const [value, slope, ...more] = at(near, y);
    // ∞·0 has no place here: where a loss has become flat, it stays what it is.
    const flat = o.equal(slope, zero);
    const continued = o.choose(flat, value, o.add(value, o.mul(slope, o.sub(x, near))));
    return [o.choose(o.less(far, o.abs(x)), continued, value), slope, ...more].slice(0, order + 1);
  };
}

/** Multiplies by a factor. Where that may be 0, it silences even what is NaN; a factor of NaN stays NaN. */
function scaledBy<T>(o: TensorOps<T>, factor: T, mayBeSilent: boolean): (a: T) => T {
  if (!mayBeSilent) return (a) => o.mul(factor, a);
  const zero = o.constant(0);
  return (a) => o.mul(factor, o.choose(o.less(zero, factor), a, zero));
}

const pickParts = <T>(parts: readonly T[], wants: readonly Derivative[]): Parts<T> =>
  Object.fromEntries(wants.map((part) => [part, parts[orderOf[part]]]));

const mapped = <K extends string, T>(numbers: Readonly<Record<K, number>>, to: (value: number) => T): Record<K, T> =>
  Object.fromEntries(Object.entries<number>(numbers).map(([key, value]) => [key, to(value)])) as Record<K, T>;
