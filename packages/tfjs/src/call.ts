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
  readonly loss: Loss;
  /** float32. Kernels get them {@link flattened}: [rows], or [rows, classes] at a softmax. */
  readonly logits: tf.Tensor;
  /** float32, int32 or bool. Flattened: [rows]; [rows, classes] if `oneHot`. */
  readonly labels: tf.Tensor;
  readonly oneHot: boolean;
  /** float32, int32 or bool. Flattened: [rows]. */
  readonly weights: tf.Tensor | undefined;
  readonly rows: number;
  /** 1 at a sigmoid. */
  readonly classes: number;
  readonly normalizer: number | undefined;
}

/** What tfjs makes a tensor of without a copy into another format. */
const TYPED = [Float32Array, Int32Array, Uint8Array, Uint8ClampedArray];

/**
 * Makes tensors of a call's arguments.
 *
 * @throws {@link FocalLossError} naming each that is none, or of another type than it should be.
 */
export function tensorsOf(loss: Loss, given: Readonly<Record<'labels' | 'logits' | 'weights', unknown>>): Tensors {
  const problems: Problem[] = [];
  const labels = tensorOf('labels', given.labels, problems);
  const logits = tensorOf('logits', given.logits, problems, LOGITS);
  const weights = given.weights === undefined ? undefined : tensorOf('weights', given.weights, problems);
  if (labels === undefined || logits === undefined || problems.length > 0)
    throw new FocalLossError(loss.name, problems);
  return { labels, logits, weights };
}

/** The types of tensors that are taken. */
const NUMBERS: readonly string[] = ['float32', 'int32', 'bool'];
const LOGITS: readonly string[] = ['float32'];

/** The argument as a tensor, or undefined and a problem more. */
function tensorOf(field: string, got: unknown, problems: Problem[], types = NUMBERS): tf.Tensor | undefined {
  const tensor = got instanceof tf.Tensor ? got : tensorFrom(field, got, problems);
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
  if (tensor !== undefined) problems.push({ field, got, takes: `rows of one length: ${show(tensor.shape)}` });
  else
    problems.push(Array.isArray(got) ? { field, index, got: flat[index], takes: 'a number' } : { field, got, takes });
  return undefined;
}

const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, i) => size === b[i]);
const show = (shape: readonly number[]) => `[${shape.join(', ')}]`;
const CALL_OPTIONS = { normalizer: { takes: 'a finite number > 0', accepts: (got: unknown) => got !== null } };

/** The shape of one loss per target: the logits' own, or at a softmax without the last axis. */
export const entryShape = (loss: Loss, logits: readonly number[]): number[] =>
  loss.link === 'softmax' ? logits.slice(0, -1) : [...logits];

/**
 * Checks shapes and options. Nothing is broadcast: labels of shape [n] against logits [n, 1] would
 * otherwise make n² losses in silence.
 *
 * @throws {@link FocalLossError} naming each argument, what it is and what it should be.
 */
export function prepare(loss: Loss, { labels, logits, weights }: Tensors, options?: CallOptions): Call {
  const { normalizer }: CallOptions = options === undefined ? {} : checkOptions(loss.name, options, CALL_OPTIONS);
  const problems: Problem[] = [];
  const softmax = loss.link === 'softmax';
  const entries = entryShape(loss, logits.shape);
  const classes = softmax ? (logits.shape.at(-1) ?? 0) : 1;
  const column = [...entries, 1];
  const expectShape = (field: string, { shape }: tf.Tensor, shapes: number[][]) => {
    if (shapes.some((takes) => same(takes, shape))) return;
    const takes = `shape ${shapes.map(show).join(' or ')} beside logits ${show(logits.shape)}: nothing is broadcast`;
    problems.push({ field: `${field}.shape`, got: show(shape), takes });
  };

  if (softmax && classes < 2) {
    const takes = '[…, classes] with at least 2 classes';
    problems.push({ field: 'logits.shape', got: show(logits.shape), takes });
  }
  problems.push(...alphaProblems(loss, classes));
  expectShape('labels', labels, softmax ? [entries, column, logits.shape] : [entries]);
  if (weights !== undefined) expectShape('weights', weights, softmax ? [entries, column] : [entries]);
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);

  const rows = softmax ? logits.size / classes : logits.size;
  // Throws where the loss takes no normalizer, or not this one.
  knownDenominator(loss, rows, weights !== undefined, normalizer);
  const oneHot = softmax && same(labels.shape, logits.shape);
  return { loss, logits, labels, oneHot, weights, rows, classes, normalizer };
}

/** A call in the two shapes kernels know. */
export function flattened(call: Call): Call {
  const { loss, logits, labels, weights, rows, classes, oneHot } = call;
  return {
    ...call,
    logits: tf.reshape(logits, loss.link === 'softmax' ? [rows, classes] : [rows]),
    labels: tf.reshape(labels, oneHot ? [rows, classes] : [rows]),
    weights: weights && tf.reshape(weights, [rows]),
  };
}
