import { denominator, FocalLossError, type Loss, type Problem } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';

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

const same = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, i) => size === b[i]);
const show = (shape: readonly number[]) => `[${shape.join(', ')}]`;
const OPTIONS = ['normalizer'];

/** The shape of one loss per target: the logits' own, or at a softmax without the last axis. */
export const entryShape = (loss: Loss, logits: readonly number[]): number[] =>
  loss.link === 'softmax' ? logits.slice(0, -1) : [...logits];

/**
 * Checks shapes and types. Nothing is broadcast: labels of shape [n] against logits [n, 1] would
 * otherwise make n² losses in silence.
 *
 * @throws {@link FocalLossError} naming each argument, what it is and what it should be.
 */
export function prepare(
  loss: Loss,
  labels: tf.Tensor,
  logits: tf.Tensor,
  weights: tf.Tensor | undefined,
  options: CallOptions,
): Call {
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
  const expectNumbers = (field: string, { dtype }: tf.Tensor) => {
    if (!['float32', 'int32', 'bool'].includes(dtype)) {
      problems.push({ field: `${field}.dtype`, got: dtype, takes: "'float32', 'int32' or 'bool'" });
    }
  };

  for (const [field, got] of Object.entries(options)) {
    if (!OPTIONS.includes(field))
      problems.push({ field, got, takes: `nothing: the options are ${OPTIONS.join(', ')}` });
  }
  if (logits.dtype !== 'float32') {
    problems.push({ field: 'logits.dtype', got: logits.dtype, takes: "'float32'" });
  }
  if (softmax && classes < 2) {
    const takes = '[…, classes] with at least 2 classes';
    problems.push({ field: 'logits.shape', got: show(logits.shape), takes });
  }
  if (Array.isArray(loss.alpha) && loss.alpha.length !== classes) {
    problems.push({ field: 'alpha', got: loss.alpha, takes: `one weight for each of the ${classes} classes` });
  }
  expectNumbers('labels', labels);
  expectShape('labels', labels, softmax ? [entries, column, logits.shape] : [entries]);
  if (weights !== undefined) {
    expectNumbers('weights', weights);
    expectShape('weights', weights, softmax ? [entries, column] : [entries]);
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);
  // Throws where the loss takes no normalizer, or not this one.
  denominator(loss, { count: 1, positives: 1, weights: 1 }, options.normalizer);

  return {
    loss,
    logits,
    labels,
    oneHot: softmax && same(labels.shape, logits.shape),
    weights,
    rows: softmax ? logits.size / classes : logits.size,
    classes,
    normalizer: options.normalizer,
  };
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
