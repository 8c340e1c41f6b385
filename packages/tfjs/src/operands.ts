import { type FrameInputs, knownDenominator } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Call } from './call.ts';
import { type Operand, operandOf, tensors } from './ops.ts';

/** A flattened call as core's frame takes it. */
export function operandsOf(call: Call): FrameInputs<Operand> & { alpha?: { classes: Operand } } {
  const { loss, logits, labels, oneHot, weights, classes } = call;
  const targets = oneHot ? classIndices(labels, classes) : tf.cast(labels, 'float32');
  const known = knownDivisor(call);
  return {
    logits: operandOf(logits),
    targets: operandOf(targets),
    ...(weights && { weights: operandOf(finite(weights)) }),
    ...(known !== undefined && { denominator: tensors.constant(known) }),
    ...(Array.isArray(loss.alpha) && { alpha: { classes: operandOf(tf.tensor2d(loss.alpha, [1, classes])) } }),
  };
}

/** The class of each one-hot row; −½, which is no class, for a row that is not one-hot. */
export function classIndices(labels: tf.Tensor, classes: number): tf.Tensor {
  const y = tf.cast(labels, 'float32');
  const good = tf.logicalAnd(
    tf.equal(tf.sum(tf.cast(tf.equal(y, 1), 'float32'), -1), 1),
    tf.equal(tf.sum(tf.cast(tf.equal(y, 0), 'float32'), -1), classes - 1),
  );
  return tf.where(good, tf.cast(tf.argMax(y, -1), 'float32'), tf.fill([y.shape[0] as number], -0.5));
}

/** Weights as float32. An infinite one is none, as a negative one is, which the frame sees. */
function finite(weights: tf.Tensor): tf.Tensor {
  const w = tf.cast(weights, 'float32');
  return tf.where(tf.less(w, Infinity), w, Number.NaN);
}

/** What the sum of a call is divided by, where that is known without looking at targets and weights. */
export const knownDivisor = ({ loss, rows, weights, normalizer }: Call): number | undefined =>
  knownDenominator(loss, rows, weights !== undefined, normalizer);
