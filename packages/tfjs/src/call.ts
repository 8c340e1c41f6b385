import {
  alphaProblems,
  checkOptions,
  FocalLossError,
  knownDenominator,
  type Loss,
  type Problem,
} from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';

/** A tensor, or what `tf.tensor` makes one of. */
export type Numbers = tf.Tensor | tf.TensorLike;

/** The arguments of a call as tensors. */
export interface Tensors {
  readonly labels: tf.Tensor;
  readonly logits: tf.Tensor;
  readonly weights: tf.Tensor | undefined;
}

/** What a call can say beside its tensors. */
export interface CallOptions {
  /** A denominator for reduction `'mean'` instead of the loss's own: with the total over all parts, parts sum to the whole. */
  readonly normalizer?: number | undefined;
}

/** A call whose arguments fit each other. */
export interface Call {
  /** Never of reduction `'example'`: then one that reduces nothing, see `examples`. */
  readonly loss: Loss;
  /** float32. Kernels get them {@link flattened}: [rows], or [rows, classes] at a softmax. */
  readonly logits: tf.Tensor;
  /** float32, int32 or bool. Flattened: [rows]; [rows, classes] if `oneHot` or `targetRows`. */
  readonly labels: tf.Tensor;
  /** Whether labels are rows with a single 1. */
  readonly oneHot: boolean;
  /** Whether labels are rows of probabilities. */
  readonly targetRows: boolean;
  /** float32, int32 or bool. Flattened: [rows]. */
  readonly weights: tf.Tensor | undefined;
  readonly rows: number;
  /** 1 at a sigmoid. */
  readonly classes: number;
  readonly normalizer: number | undefined;
  /** How many examples there are, each with a sum of its own. */
  readonly examples: number | undefined;
  /** The axis of the classes, from 0 on. */
  readonly axis: number;
  /** How many classes are along it, at a sigmoid too, and how many numbers lie between two of them. */
  readonly categories: { readonly count: number; readonly inner: number };
}

/** What tfjs makes a tensor of without a copy into another format. */
const TYPED = [Float32Array, Int32Array, Uint8Array, Uint8ClampedArray];

/**
 * Makes tensors of a call's arguments.
 *
 * @throws {@link FocalLossError} naming each that is none, or of another type than it should be.
 */
export function tensorsOf(
  { name }: Pick<Loss, 'name'>,
  given: Readonly<Record<'labels' | 'logits' | 'weights', unknown>>,
): Tensors {
  const problems: Problem[] = [];
  const labels = tensorOf('labels', given.labels, problems);
  const logits = tensorOf('logits', given.logits, problems, LOGITS);
  const weights = given.weights === undefined ? undefined : tensorOf('weights', given.weights, problems);
  if (labels === undefined || logits === undefined || problems.length > 0) throw new FocalLossError(name, problems);
  return { labels, logits, weights };
}

/**
 * Makes a tensor of logits.
 *
 * @throws {@link FocalLossError} for what is none, or of another type.
 */
export function logitsOf(loss: Loss, given: unknown): tf.Tensor {
  const problems: Problem[] = [];
  const logits = tensorOf('logits', given, problems, LOGITS);
  if (logits === undefined) throw new FocalLossError(loss.name, problems);
  return logits;
}

/** The types of tensors that are taken. */
const NUMBERS: readonly string[] = ['float32', 'int32', 'bool'];
const LOGITS: readonly string[] = ['float32'];

/** The argument as a tensor, or undefined and a problem more. */
function tensorOf(field: string, got: unknown, problems: Problem[], types = NUMBERS): tf.Tensor | undefined {
  const tensor = got instanceof tf.Tensor ? got : tensorFrom(field, got, problems);
  if (tensor?.isDisposed) {
    problems.push({ field, got: 'a tensor that was disposed of', takes: 'one that was not' });
    return undefined;
  }
  if (tensor === undefined || types.includes(tensor.dtype)) return tensor;
  const takes = types === LOGITS ? "'float32'" : "'float32', 'int32' or 'bool'";
  problems.push({ field: `${field}.dtype`, got: tensor.dtype, takes });
  return undefined;
}

const isTyped = (got: unknown): got is Float32Array => TYPED.some((type) => got instanceof type);
const isNumber = (got: unknown) => typeof got === 'number' || typeof got === 'boolean' || isTyped(got);
/** Whether nested arrays have a shape: tfjs fills up what is too short. */
const isOfShape = (got: unknown, [size, ...rest]: readonly number[]): boolean =>
  isTyped(got)
    ? got.length === size && rest.length === 0
    : Array.isArray(got)
      ? got.length === size && got.every((row) => isOfShape(row, rest))
      : size === undefined;

function tensorFrom(field: string, got: unknown, problems: Problem[]): tf.Tensor | undefined {
  const flat: unknown[] = [got].flat(Infinity);
  const index = flat.findIndex((entry) => !isNumber(entry));
  const tensor = index < 0 ? tf.tensor(got as tf.TensorLike) : undefined;
  if (tensor !== undefined && isOfShape(got, tensor.shape)) return tensor;
  const takes = 'a tensor, or numbers in nested arrays, a Float32Array, Int32Array or Uint8Array';
  if (tensor !== undefined) problems.push({ field, got, takes: `rows of equal length: ${show(tensor.shape)}` });
  else
    problems.push(Array.isArray(got) ? { field, index, got: flat[index], takes: 'a number' } : { field, got, takes });
  return undefined;
}

export const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, i) => size === b[i]);
export const show = (shape: readonly number[]) => `[${shape.join(', ')}]`;
const CALL_OPTIONS = { normalizer: { takes: 'a finite number > 0', accepts: (got: unknown) => got !== null } };

/** The shape of one loss per target: the logits' own, or at a softmax without the axis of the classes. */
export const entryShape = (loss: Loss, logits: readonly number[], axis = logits.length - 1): number[] =>
  loss.link === 'softmax' ? logits.filter((_, i) => i !== axis) : [...logits];

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** Whether a shape broadcasts to another, as NumPy's do. */
const broadcasts = (from: readonly number[], to: readonly number[]) =>
  from.length <= to.length && from.every((size, i) => size === 1 || size === to[to.length - from.length + i]);

/**
 * The axis of the classes, from 0 on.
 *
 * @throws {@link FocalLossError} if the logits have none such.
 */
export function axisOf({ name }: Loss, { shape }: tf.Tensor, axis = -1): number {
  const rank = shape.length;
  if (axis >= -rank && axis < Math.max(rank, 1)) return axis < 0 ? rank + axis : axis;
  // Of a scalar there is no axis, and its shape is what is wrong.
  if (rank === 0 && axis === -1) return -1;
  const takes = `a whole number from ${-rank} to ${rank - 1} for logits ${show(shape)}`;
  throw new FocalLossError(name, [{ field: 'axis', got: axis, takes }]);
}

/** What is wrong with the logits of a loss. */
export function logitsProblems(loss: Loss, { shape }: tf.Tensor, axis: number): Problem[] {
  const count = shape[axis] ?? 0;
  const tooFew = loss.link === 'softmax' && count < 2;
  const takes = `[…, classes] with at least 2 classes${axis === shape.length - 1 ? '' : `, along axis ${axis}`}`;
  return [
    ...(tooFew ? [{ field: 'logits.shape', got: show(shape), takes }] : []),
    ...alphaProblems(loss, loss.link === 'softmax' || shape.length > 0 ? count : 1),
  ];
}

const singles = new WeakMap<Loss, Loss>();

/** A loss that gives one number an entry. The same one each time. */
export function singleOf(loss: Loss): Loss {
  const known = singles.get(loss);
  if (known !== undefined) return known;
  const made: Loss = { ...loss, reduction: 'none', normalizer: 'count' };
  singles.set(loss, made);
  return made;
}

/**
 * Checks shapes and options. Labels are never broadcast: labels of shape [n] against logits [n, 1] would otherwise make n²
 * losses in silence.
 *
 * @throws {@link FocalLossError} naming each argument, what it is and what it should be.
 */
export function prepare(loss: Loss, { labels, logits, weights }: Tensors, options?: CallOptions, along?: number): Call {
  const { normalizer }: CallOptions = options === undefined ? {} : checkOptions(loss.name, options, CALL_OPTIONS);
  const softmax = loss.link === 'softmax';
  const axis = axisOf(loss, logits, along);
  const entries = entryShape(loss, logits.shape, axis);
  const count = logits.shape[axis] ?? 0;
  const classes = softmax ? count : 1;
  const column = logits.shape.map((size, i) => (i === axis ? 1 : size));
  const problems: Problem[] = logitsProblems(loss, logits, axis);
  const expectShape = (field: string, { shape }: tf.Tensor, shapes: number[][]) => {
    if (shapes.some((takes) => same(takes, shape))) return;
    const takes = `shape ${shapes.map(show).join(' or ')} for logits ${show(logits.shape)}: nothing is broadcast`;
    problems.push({ field: `${field}.shape`, got: show(shape), takes });
  };

  const rowsToo = loss.targets === 'class' ? [logits.shape] : [];
  expectShape('labels', labels, softmax ? [entries, column, ...rowsToo] : [entries]);
  const isColumn = softmax && weights !== undefined && same(weights.shape, column);
  if (weights !== undefined && !isColumn && !broadcasts(weights.shape, entries)) {
    const takes = `shape ${show(entries)}, that of the labels, or one that broadcasts to it`;
    problems.push({ field: 'weights.shape', got: show(weights.shape), takes });
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);

  const rows = softmax ? logits.size / classes : logits.size;
  // Throws where the loss takes no normalizer, or not this one.
  knownDenominator(loss, rows, weights !== undefined, normalizer);
  const areRows = softmax && same(labels.shape, logits.shape);
  // Whole numbers are no probabilities between; and what is ignored is a class.
  const oneHot = areRows && (labels.dtype !== 'float32' || loss.ignoreIndex !== undefined);
  const isExample = loss.reduction === 'example';
  return {
    loss: isExample ? singleOf(loss) : loss,
    logits,
    labels,
    oneHot,
    targetRows: areRows && !oneHot,
    weights: weights === undefined || isColumn || weights.size === rows ? weights : tf.broadcastTo(weights, entries),
    rows,
    classes,
    normalizer,
    examples: isExample ? (entries[0] ?? 1) : undefined,
    axis,
    categories: { count: axis < 0 ? 1 : count, inner: product(logits.shape.slice(axis + 1)) },
  };
}

/** A tensor in another shape; itself where it has that one, since in a small call operations are what takes time. */
export const shaped = (a: tf.Tensor, shape: number[]): tf.Tensor => (same(a.shape, shape) ? a : tf.reshape(a, shape));

/** A call in the two shapes kernels know. */
export function flattened(call: Call): Call {
  const { labels, logits, weights, rows, oneHot, targetRows } = call;
  return {
    ...call,
    axis: call.loss.link === 'softmax' ? 1 : 0,
    logits: flat(call, logits),
    labels: oneHot || targetRows ? flat(call, labels) : shaped(labels, [rows]),
    weights: weights && shaped(weights, [rows]),
  };
}

type Place = Pick<Call, 'rows' | 'classes' | 'axis'> & { readonly loss: Pick<Loss, 'link'> };

/** Something laid out as the logits, in the shape that kernels know. */
export function flat({ loss, rows, classes, axis }: Place, a: tf.Tensor): tf.Tensor {
  if (loss.link !== 'softmax') return shaped(a, [rows]);
  const last = a.rank - 1;
  const order = [...a.shape.keys()].filter((i) => i !== axis);
  return shaped(axis === last ? a : tf.transpose(a, [...order, axis]), [rows, classes]);
}

/** The way back, to the logits' shape. */
export function unflat({ loss, axis }: Place, a: tf.Tensor, shape: number[]): tf.Tensor {
  const last = shape.length - 1;
  if (loss.link !== 'softmax' || axis === last) return shaped(a, shape);
  const order = [...shape.keys()].filter((i) => i !== axis);
  const moved = tf.reshape(a, [...order.map((i) => shape[i]), shape[axis]]);
  return tf.transpose(
    moved,
    shape.map((_, i) => (i === axis ? last : order.indexOf(i))),
  );
}
