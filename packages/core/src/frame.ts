import { jet } from './dual.ts';
import type { Loss } from './loss.ts';
import type { Params } from './ops.ts';
import { type Derivative, orderOf } from './program.ts';
import { factorsOf } from './reduction.ts';
import type { TensorOps } from './tensor.ts';

/**
 * A whole call, written once: what stands around the formula. Targets are looked at, the formula is evaluated at the
 * logits or at the margins of rows, α, weights and ignored entries multiply, the denominator divides, the reduction adds.
 *
 * {@link frame} is {@link look}, {@link evaluate} and {@link reduce} one after the other. They are apart because a
 * backend may put the middle one into a function of its own, as ONNX models do, or into a kernel.
 *
 * @module
 */

/** What a call is given. */
export interface FrameInputs<T> {
  readonly logits: T;
  /** Entries: labels in [0, 1], or class indices. */
  readonly targets: T;
  /** Entries. */
  readonly weights?: T | undefined;
  /** What `'mean'` divides by, where that is known without looking at targets and weights. */
  readonly denominator?: T | undefined;
}

/** Targets and weights that have been looked at. */
export interface Looked<T> {
  /** 0 where ignored, NaN where they are none. */
  readonly targets: T;
  /** NaN where they are none. */
  readonly weights: T | undefined;
  /** Where an entry is ignored; undefined if none can be. */
  readonly ignored: T | undefined;
  /** Truths over the entries: where one holds, nothing of an entry counts, not even NaN. */
  readonly silent: readonly T[];
  /** The targets as they came. */
  readonly raw: T;
}

/** One thing for each part that is wanted. */
export type Parts<T> = Readonly<Partial<Record<Derivative, T>>>;

/**
 * Looks at targets and weights: what is ignored becomes a harmless target, and what is no target or no weight, NaN.
 *
 * @param checked `false` where somebody has looked at them before: then nothing becomes NaN here.
 */
export function look<T>(
  o: TensorOps<T>,
  { link, ignoreIndex }: Loss,
  { targets: raw, weights }: Pick<FrameInputs<T>, 'targets' | 'weights'>,
  checked = true,
): Looked<T> {
  const zero = o.constant(0);
  const ignored = ignoreIndex === undefined ? undefined : o.equal(raw, o.target(ignoreIndex));
  const kept = ignored === undefined ? raw : o.choose(ignored, o.target(0), raw);
  // A class that is none has no place in its row, and needs no look here.
  const targets = checked && link === 'sigmoid' ? o.probability(kept) : kept;
  const nan = o.constant(Number.NaN);
  const weight = checked && weights !== undefined ? o.choose(o.less(weights, zero), nan, weights) : weights;
  const silent = [
    ...(ignored === undefined ? [] : [ignored]),
    ...(weights === undefined ? [] : [o.equal(weights, zero)]),
  ];
  return { targets, weights: weight, ignored, silent, raw };
}

/** What the formula is evaluated at. */
export interface Arguments<T> {
  readonly logits: T;
  /** As {@link look} leaves them. */
  readonly targets: T;
  /** The numbers of the loss's parameters. Default: constants. */
  readonly params?: Params<T>;
  /** α and 1 − α at a sigmoid, or one α a class [1, classes] at a softmax. Default: constants; needed at a softmax with α. */
  readonly alpha?: { readonly positive: T; readonly negative: T } | { readonly classes: T } | undefined;
}

/**
 * The losses of single entries, α included, and their derivatives by the logits: entries for the value, and as many
 * numbers as there are logits for the others.
 */
export function evaluate<T>(o: TensorOps<T>, loss: Loss, at: Arguments<T>, wants: readonly Derivative[]): Parts<T> {
  return loss.link === 'sigmoid' ? ofLogits(o, loss, at, wants) : ofRows(o, loss, at, wants);
}

function ofLogits<T>(
  o: TensorOps<T>,
  loss: Loss,
  { logits, targets: y, params, alpha }: Arguments<T>,
  wants: readonly Derivative[],
): Parts<T> {
  const parts = derivatives(o, loss, params, wants)(logits, y);
  if (typeof loss.alpha !== 'number') return pickParts(parts, wants);
  const { positive, negative } =
    alpha !== undefined && 'positive' in alpha ? alpha : mapped(factorsOf(loss.alpha), (factor) => o.constant(factor));
  const factor = o.add(o.mul(y, positive), o.mul(o.sub(o.constant(1), y), negative));
  const times = scaledBy(o, factor, loss.alpha === 0 || loss.alpha === 1);
  return pickParts(parts.map(times), wants);
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
  const { z, others } = margins(o, x, hot);
  let parts = derivatives(o, loss, params, wants)(z, o.constant(1));
  if (loss.alpha !== undefined && alpha !== undefined && 'classes' in alpha) {
    const isSilent = Array.isArray(loss.alpha) && loss.alpha.includes(0);
    parts = parts.map(scaledBy(o, o.pick(alpha.classes, hot), isSilent));
  }
  const [value, slope, curve] = parts;
  const made: { -readonly [P in Derivative]?: T } = {};
  if (wants.includes('value')) made.value = o.entries(value);
  if (wants.includes('grad')) made.grad = o.choose(hot, slope, o.mul(others, o.neg(slope)));
  if (wants.includes('hess')) {
    const rest = o.mul(others, o.sub(o.constant(1), others));
    made.hess = o.choose(hot, curve, o.sub(o.mul(o.mul(others, others), curve), o.mul(rest, slope)));
  }
  return made;
}

/** The margins of rows, as a column, and the softmax over the classes that are not the row's, 0 at that class. */
export function margins<T>(o: TensorOps<T>, x: T, hot: T): { readonly z: T; readonly others: T } {
  const largest = o.maxRow(o.choose(hot, o.constant(-Infinity), x));
  const shares = o.choose(hot, o.constant(0), o.share(x, largest));
  const total = o.sumRow(shares);
  const z = o.difference(o.difference(o.pick(x, hot), largest), o.log(total));
  return { z, others: o.div(shares, total) };
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

/**
 * What becomes of single entries: weights, ignored entries, the denominator, the sum. Without anything to average value
 * and gradient are 0, not 0/0.
 */
export function reduce<T>(o: TensorOps<T>, loss: Loss, parts: Parts<T>, looked: Looked<T>, known?: T): Parts<T> {
  const { weights, silent } = looked;
  const zero = o.constant(0);
  /** One factor for each entry or for all of them, and silence. */
  const scaled = (a: T, factor: T | undefined, shape: (entries: T) => T) => {
    const product = factor === undefined ? a : o.mul(a, factor);
    return silent.reduce((rest, truth) => o.choose(shape(truth), zero, rest), product);
  };
  const inverse = loss.reduction === 'mean' ? inverseOf(o, known ?? denominatorOf(o, loss, looked)) : undefined;
  const times = (a: T, b: T | undefined) => (b === undefined ? a : o.mul(a, b));

  const made: { -readonly [P in Derivative]?: T } = {};
  if (parts.value !== undefined) {
    const values = scaled(parts.value, weights, (entries) => entries);
    made.value = loss.reduction === 'none' ? values : times(o.sumAll(values), inverse);
  }
  for (const part of ['grad', 'hess'] as const) {
    const slopes = parts[part];
    if (slopes === undefined) continue;
    // One product less over the logits: weights and denominator are multiplied first.
    const factor = weights === undefined ? inverse : o.column(times(weights, inverse));
    made[part] = scaled(slopes, factor, o.column);
  }
  return made;
}

/** What `'mean'` divides by, counted from targets and weights. */
export function denominatorOf<T>(o: TensorOps<T>, loss: Loss, { targets, weights, ignored, raw }: Looked<T>): T {
  const [zero, one] = [o.constant(0), o.constant(1)];
  const counted = (entries: T) => o.sumAll(ignored === undefined ? entries : o.choose(ignored, zero, entries));
  if (loss.normalizer === 'weights' && weights !== undefined) return counted(weights);
  if (loss.normalizer !== 'positives') return counted(o.ones(raw));
  const positives =
    loss.link === 'sigmoid'
      ? o.choose(o.less(zero, targets), targets, zero)
      : o.choose(o.equal(raw, o.target(loss.background ?? -1)), zero, o.ones(raw));
  return o.max(counted(positives), one);
}

/** 1/a; 0 where there is nothing to divide by, and NaN for what no denominator may be. */
function inverseOf<T>(o: TensorOps<T>, a: T): T {
  const known = o.literal(a);
  if (known !== undefined) return o.constant(known === 0 ? 0 : 1 / known);
  const [zero, one] = [o.constant(0), o.constant(1)];
  const nothing = o.equal(a, zero);
  const inverse = o.choose(nothing, zero, o.div(one, o.choose(nothing, one, a)));
  return o.choose(o.less(a, zero), o.constant(Number.NaN), inverse);
}

/** A whole call; see the top of this file. */
export function frame<T>(
  o: TensorOps<T>,
  loss: Loss,
  inputs: FrameInputs<T> & Pick<Arguments<T>, 'params' | 'alpha'>,
  wants: readonly Derivative[],
): Parts<T> {
  const looked = look(o, loss, inputs);
  const { logits, params, alpha, denominator } = inputs;
  const parts = evaluate(o, loss, { logits, targets: looked.targets, ...(params && { params }), alpha }, wants);
  return reduce(o, loss, parts, looked, denominator);
}
