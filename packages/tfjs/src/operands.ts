import { type Arguments, type FrameInputs, knownDenominator } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Call } from './call.ts';
import { renamed } from './operation.ts';
import { type Operand, operandOf, tensors } from './ops.ts';

/** A flattened call as core's frame takes it. */
export function operandsOf(call: Call): FrameInputs<Operand> & Pick<Arguments<Operand>, 'alpha'> {
  const { labels, oneHot, targetRows, logits, weights, classes } = call;
  const targets = oneHot ? classIndices(labels, classes) : tf.cast(labels, 'float32');
  const known = knownDivisor(call);
  const alpha = alphaOf(call);
  return {
    logits: operandOf(logits),
    targets: operandOf(targets),
    targetRows,
    ...(weights && { weights: operandOf(finite(weights)) }),
    ...(known !== undefined && { denominator: tensors.constant(known) }),
    ...(alpha && { alpha }),
  };
}

/** A list of α: one a class, at a sigmoid one for each logit. */
export function alphaOf({
  loss: { link, alpha },
  rows,
  classes,
  categories: { count, inner },
}: Pick<Call, 'loss' | 'rows' | 'classes' | 'categories'>): Arguments<Operand>['alpha'] {
  if (typeof alpha !== 'object') return undefined;
  if (link === 'softmax') return { classes: operandOf(tf.tensor2d([...alpha], [1, classes])) };
  const spread = (numbers: number[]) =>
    operandOf(tf.reshape(tf.tile(tf.tensor3d(numbers, [1, count, 1]), [rows / (count * inner), 1, inner]), [rows]));
  return { positive: spread([...alpha]), negative: spread(alpha.map((own) => 1 - own)) };
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
  return tf.where(tf.less(renamed(w), Infinity), w, Number.NaN);
}

/** What the sum of a call is divided by, where that is known without looking at targets and weights. */
export const knownDivisor = ({ loss, rows, weights, normalizer }: Call): number | undefined =>
  knownDenominator(loss, rows, weights !== undefined, normalizer);
