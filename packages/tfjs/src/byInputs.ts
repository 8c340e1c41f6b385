/**
 * The derivatives of a call by its labels and by its weights, as operations that a tape records and can differentiate again. They
 * are asked for where labels or weights are made of something that learns: in distillation, or where weights are learnt. What a
 * formula holds fixed has none by the labels either.
 *
 * @module
 */
import { factorsOf, type Loss, look } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf, treeSum, treeSums } from './arrays.ts';
import { type Call, singleOf } from './call.ts';
import { derivativeOf } from './elementwise.ts';
import { alphaOf, operandsOf } from './operands.ts';
import { renamed } from './operation.ts';
import { type Operand, tensorOf } from './ops.ts';
import { divided, divisorOf } from './reduce.ts';

/** A flattened call as an operation on the tape: the value, which the tape can differentiate. */
export type Value = (call: Call) => tf.Tensor;

/** Whether labels are numbers between which there are others: a class index or a one-hot row is none. */
export const takesLabelGradient = ({ loss, labels, targetRows }: Call): boolean =>
  labels.dtype === 'float32' && (loss.link === 'sigmoid' || targetRows || loss.targets === 'place');

/** dy times the derivative by the weights of a flattened call, one number a row: of Σ wᵢlᵢ / D it is lᵢ / D. */
export function gradientByWeights(call: Call, value: Value, dy: tf.Tensor): tf.Tensor {
  const { loss, weights, normalizer } = call;
  const losses = value({ ...call, loss: singleOf(loss), weights: undefined, examples: undefined });
  const own = tf.mul(divided(losses, divisorOf(call, treeSum)), dy);
  if (loss.reduction !== 'mean' || loss.normalizer !== 'weights' || normalizer !== undefined) return own;
  const counted = silenced(tf.onesLike(weights as tf.Tensor), lookedAt(call).ignored);
  return tf.sub(own, byDivisor(call, value, dy, counted));
}

/** dy times the derivative by the labels of a flattened call, laid out as they are. */
export function gradientByLabels(call: Call, value: Value, dy: tf.Tensor): tf.Tensor {
  const { loss, weights, normalizer, rows } = call;
  const slopes = loss.link === 'sigmoid' ? ofLogits(call) : ofRows(call, value);
  const column = (a: tf.Tensor) => (slopes.rank > 1 && a.rank > 0 ? tf.reshape(a, [rows, 1]) : a);
  const weighted = weights === undefined ? slopes : tf.mul(slopes, column(tf.cast(weights, 'float32')));
  const own = tf.mul(divided(weighted, divisorOf(call, treeSum)), column(dy));
  const counts =
    loss.reduction === 'mean' &&
    loss.normalizer === 'positives' &&
    normalizer === undefined &&
    loss.positives !== 'ones';
  if (!counts || loss.targets === 'place') return own;
  const isMany = tf.greater(renamed(divisorOf(call, treeSum) as tf.Tensor), 1);
  return tf.sub(own, byDivisor(call, value, dy, tf.where(isMany, positives(call), 0)));
}

/** What comes of D: dy·L·∂D/D. */
function byDivisor(call: Call, value: Value, dy: tf.Tensor, ofDivisor: tf.Tensor): tf.Tensor {
  return tf.mul(ofDivisor, tf.mul(value(call), divided(dy, divisorOf(call, treeSum))));
}

/** 1 where a label counts for the number of positives, of which there is 1 at least. */
function positives(call: Call): tf.Tensor {
  const { loss, labels, classes } = call;
  if (loss.link === 'softmax') {
    const background = tf.equal(tf.reshape(tf.range(0, classes), [1, classes]), loss.background ?? -1);
    return tf.where(tf.broadcastTo(background, labels.shape), 0, tf.onesLike(labels));
  }
  return silenced(tf.cast(tf.greater(renamed(labels), 0), 'float32'), lookedAt(call).ignored);
}

function lookedAt(call: Call) {
  const { logits: _, ...inputs } = operandsOf(call);
  return look(arraysOf(call.loss, call.rows), call.loss, inputs);
}

/** Of (α₊y + α₋(1 − y))·f(x, y), with y smoothed; 0 of what is ignored. */
function ofLogits(call: Call): tf.Tensor {
  const { loss, rows } = call;
  const o = arraysOf(loss, rows);
  const { targets, silent } = lookedAt(call);
  const kept = 1 - loss.labelSmoothing;
  const up = tf.add(tf.mul(tensorOf(targets), kept), loss.labelSmoothing / 2);
  const f = (ofTarget: number) => derivativeOf(o, loss, call.logits, up, { ofTarget });
  const { positive, negative } = factors(call);
  const factor = tf.add(tf.mul(up, positive), tf.mul(tf.sub(1, up), negative));
  const slope = tf.add(tf.mul(tf.sub(positive, negative), f(0)), tf.mul(factor, f(1)));
  return silent.reduce(silenced, tf.mul(slope, kept));
}

function factors(call: Call): Readonly<Record<'positive' | 'negative', tf.Tensor>> {
  const list = alphaOf(call);
  if (list !== undefined && 'positive' in list) {
    return { positive: tensorOf(list.positive), negative: tensorOf(list.negative) };
  }
  const { positive, negative } = factorsOf(call.loss.alpha as number | undefined);
  return { positive: tf.scalar(positive), negative: tf.scalar(negative) };
}

/** Of Σ_c y_c·α_c·f(z_c), the losses of all classes of a row. A place lies between two classes: it is their difference. */
function ofRows(call: Call, value: Value): tf.Tensor {
  const { loss, rows, classes, logits, labels } = call;
  const many = tf.reshape(tf.tile(tf.reshape(logits, [rows, 1, classes]), [1, classes, 1]), [rows * classes, classes]);
  // What is ignored is a label, and may be the number of a class.
  const single: Loss = { ...singleOf(loss), targets: 'class', labelSmoothing: 0, ignoreIndex: undefined };
  const each = value({
    ...call,
    ...{ loss: single, logits: many, labels: tf.tile(tf.range(0, classes), [rows]), weights: undefined },
    ...{ targetRows: false, oneHot: false, rows: rows * classes, normalizer: undefined, examples: undefined },
  });
  const losses = tf.mul(tf.reshape(each, [rows, classes]), 1 - loss.labelSmoothing);
  if (loss.targets !== 'place') return losses;
  const below = tf.floor(tf.reshape(renamed(labels), [rows, 1]));
  const classAt = (place: tf.Tensor) =>
    tf.cast(tf.equal(tf.reshape(tf.range(0, classes), [1, classes]), place), 'float32');
  const signs = tf.sub(classAt(tf.add(below, 1)), classAt(below));
  const slopes = tf.reshape(treeSums(tf.mul(signs, losses)), [rows]);
  return silenced(slopes, lookedAt(call).ignored);
}

/** 0 where a truth holds. */
const silenced = (a: tf.Tensor, truth: Operand | undefined): tf.Tensor =>
  truth === undefined ? a : tf.where(tensorOf(truth), 0, a);
