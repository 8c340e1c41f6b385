import { type Arguments, evaluate, type Parts } from './evaluate.ts';
import type { Loss } from './loss.ts';
import type { Derivative } from './program.ts';
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
  /** Entries: labels in [0, 1], class indices, or places; or rows of probabilities [rows, classes]. */
  readonly targets: T;
  /** Whether targets are such rows. */
  readonly targetRows?: boolean | undefined;
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
  readonly targetRows: boolean;
}

/**
 * Looks at targets and weights: what is ignored becomes a harmless target, and what is no target or no weight, NaN.
 *
 * @param checked `false` where somebody has looked at them before: then nothing becomes NaN here.
 */
export function look<T>(
  o: TensorOps<T>,
  { link, ignoreIndex }: Loss,
  { targets: raw, weights, targetRows = false }: Pick<FrameInputs<T>, 'targets' | 'weights' | 'targetRows'>,
  checked = true,
): Looked<T> {
  const zero = o.constant(0);
  const ignored = ignoreIndex === undefined ? undefined : o.equal(raw, o.target(ignoreIndex));
  const kept = ignored === undefined ? raw : o.choose(ignored, o.target(0), raw);
  // A class that is none has no place in its row, and needs no look here.
  const targets = checked && (link === 'sigmoid' || targetRows) ? o.probability(kept) : kept;
  const nan = o.constant(Number.NaN);
  const weight = checked && weights !== undefined ? o.choose(o.less(weights, zero), nan, weights) : weights;
  const silent = [
    ...(ignored === undefined ? [] : [ignored]),
    ...(weights === undefined ? [] : [o.equal(weights, zero)]),
  ];
  return { targets, weights: weight, ignored, silent, raw, targetRows };
}

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
    made.value =
      loss.reduction === 'none'
        ? values
        : loss.reduction === 'example'
          ? o.sumEach(values)
          : times(o.sumAll(values), inverse);
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
export function denominatorOf<T>(
  o: TensorOps<T>,
  loss: Loss,
  { targets, weights, ignored, raw, targetRows }: Looked<T>,
): T {
  const [zero, one] = [o.constant(0), o.constant(1)];
  const counted = (entries: T) => o.sumAll(ignored === undefined ? entries : o.choose(ignored, zero, entries));
  if (loss.normalizer === 'weights' && weights !== undefined) return counted(weights);
  if (loss.normalizer !== 'positives') return counted(o.ones(targetRows ? o.entries(o.sumRow(raw)) : raw));
  const background = o.constant(loss.background ?? -1);
  const positives = targetRows
    ? o.entries(o.sumRow(o.choose(o.hot(targets, background), zero, targets)))
    : loss.link === 'sigmoid'
      ? loss.positives === 'ones'
        ? o.choose(o.equal(targets, one), o.ones(targets), zero)
        : o.choose(o.less(zero, targets), targets, zero)
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
  const { logits, targetRows, params, alpha, denominator } = inputs;
  const at = { logits, targets: looked.targets, targetRows, ...(params && { params }), alpha };
  const parts = evaluate(o, loss, at, wants);
  return reduce(o, loss, parts, looked, denominator);
}
