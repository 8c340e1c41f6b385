import { FocalLossError, type Loss } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { renamed } from './operation.ts';
import { areProbabilities, originOf } from './origin.ts';
import { warnOnce } from './warn.ts';

/** The smallest normal float32, and the largest below 1. */
const LEAST = 2 ** -126;
const MOST = 1 - 2 ** -24;

/** Logits, and the tensor that takes their gradient. */
export interface Source {
  readonly logits: tf.Tensor;
  /** Of the logits' shape; perhaps disposed of already, since a tape knows tensors by name. */
  readonly anchor: tf.Tensor;
}

/**
 * The logits behind predictions of a model that ends in a sigmoid or a softmax.
 *
 * While a tape runs, it tells which operation made the predictions, and through which others they were moved: the gradient
 * then goes straight to what that operation was given, past the sigmoid or softmax, whose own gradient is 0 where float32 has
 * rounded its output to 0 or 1. Its input also serves as the logits if it is still there (a layer disposes of it) and nothing was
 * moved; otherwise, and without a tape, the inverse function does, which knows no more than the predictions: up to about 16.6 for
 * a sigmoid.
 */
export function logitsBehind(loss: Loss, predictions: tf.Tensor, axis = -1): Source {
  // tfjs makes a softmax of the last axis only.
  const isLast = loss.link === 'sigmoid' || axis === -1 || axis === predictions.rank - 1;
  const { logits: made, anchor, opaque } = isLast ? originOf(loss, predictions) : {};
  if (opaque !== undefined) {
    warnOnce(
      `${loss.name}: fromLogits: false, but the predictions come from ${opaque}, through which the ${loss.link} behind them is ` +
        'not seen: saturated predictions have no gradient. Let the model end in logits, and leave fromLogits out.',
    );
  }
  if (made !== undefined && !made.isDisposed) return { logits: made, anchor: made };
  const logits = loss.link === 'softmax' ? logOf(predictions) : logitOf(predictions);
  return { logits, anchor: anchor ?? logits };
}

/** Logits as they are given. Those that a sigmoid or softmax made are warned of: the loss has one of its own. */
export function logitsGiven(loss: Loss, logits: tf.Tensor): Source {
  const made = areProbabilities(logits);
  if (made !== undefined) {
    warnOnce(
      `${loss.name}: the logits are the output of a ${made}; the loss has one of its own. Let the model end without it, or ` +
        'compile the loss with { fromLogits: false }.',
    );
  }
  return { logits, anchor: logits };
}

/** A function of predictions with the derivative of its inverse, never 0/0. */
function inverse(p: tf.Tensor, least: number, most: number, value: Map, slope: Map): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [p, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const within = clipped(p, least, most);
    save([p]);
    const none = tf.logicalOr(tf.isNaN(p), tf.logicalOr(tf.less(p, 0), tf.greater(p, 1)));
    return {
      value: tf.where(none, tf.fill(p.shape, Number.NaN), value(within)),
      gradFunc: (dy: tf.Tensor, [p]: tf.Tensor[]) => tf.mul(dy, slope(clipped(p, least, most))),
    };
  });
  return op(p);
}

/** A number moved into a range; NaN, of which clipByValue makes a number on the backends wasm and webgpu, stays NaN. */
function clipped(p: tf.Tensor, least: number, most: number): tf.Tensor {
  const own = renamed(p);
  return tf.where(tf.less(own, least), least, tf.where(tf.greater(own, most), most, p));
}

type Map = (p: tf.Tensor) => tf.Tensor;

/** log(p / (1 − p)). */
const logitOf = (p: tf.Tensor) =>
  inverse(
    p,
    LEAST,
    MOST,
    (p) => tf.sub(tf.log(p), tf.log(tf.sub(1, p))),
    (p) => tf.div(1, tf.mul(p, tf.sub(1, p))),
  );

/** log p: logits are free up to a constant a row, so the logarithms of the probabilities are some. */
const logOf = (p: tf.Tensor) => inverse(p, LEAST, 1, tf.log, tf.reciprocal);

/** @throws {@link FocalLossError} naming the first prediction that is no probability. */
export function checkProbabilities(loss: Loss, predictions: tf.TypedArray): void {
  const index = predictions.findIndex((p) => p < 0 || p > 1);
  if (index < 0) return;
  const takes = 'a probability in [0, 1] (fromLogits: false); leave fromLogits out to pass logits';
  throw new FocalLossError(loss.name, [{ field: 'predictions', index, got: predictions[index], takes }]);
}
