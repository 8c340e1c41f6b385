import { derivative } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Call } from './call.ts';
import { differentiable, differentiableMargins, margins, pointwise } from './derivatives.ts';
import type { Kernel } from './kernel.ts';
import { divided, divisorOf, scalesOf, targetsOf, treeSum } from './reduce.ts';

/** A call's targets and factors, with harmless logits where nothing comes of them. */
function entriesOf(call: Call) {
  const targets = targetsOf(call);
  const scale = scalesOf(call, targets);
  const silent = tf.equal(scale, 0);
  const softmax = call.loss.link === 'softmax';
  const x = tf.where(softmax ? tf.reshape(silent, [call.rows, 1]) : silent, tf.zerosLike(call.logits), call.logits);
  return { x, y: targets.y, scale, softmax, divisor: divisorOf(call, () => targets, treeSum) };
}

/** One number a row, as a factor of what has a column a class. */
const perRow = (a: tf.Tensor, { loss, rows }: Call) =>
  loss.link === 'softmax' && a.size === rows && a.rank > 0 ? tf.reshape(a, [rows, 1]) : a;

/** The formula put together from the backend's own operations: runs on every backend there is. */
export const composed: Kernel = {
  forward(call, wants) {
    const { x, y, scale, softmax, divisor } = entriesOf(call);
    const rows = softmax ? margins(x, y) : undefined;
    const { value, derivative: slope } = pointwise(call.loss, rows?.z ?? x, rows ? 1 : y);
    const values = tf.mul(scale, value);
    const reduced = call.loss.reduction === 'none' ? values : divided(treeSum(values), divisor);
    if (!wants.includes('grad')) return { value: reduced, saved: [] };
    const slopes = tf.mul(scale, slope);
    const grad = rows ? tf.mul(perRow(slopes, call), rows.spread) : slopes;
    return { value: reduced, saved: [grad, tensor(divisor)] };
  },
  gradient(call, [grad, divisor], dy) {
    return tf.mul(perRow(divided(dy, divisor), call), grad);
  },
};

const tensor = (a: number | tf.Tensor) => (typeof a === 'number' ? tf.scalar(a) : a);

/** The gradient of a call as operations that a tape records and can differentiate again, once or more often. */
export function recordedGradient(call: Call, dy: tf.Tensor): tf.Tensor {
  const { formula, params } = call.loss;
  const { x, y, scale, softmax, divisor } = entriesOf(call);
  const factor = tf.mul(divided(dy, divisor), scale);
  if (!softmax) return tf.mul(factor, differentiable(derivative(formula), params, x, y));
  const { z, spread } = differentiableMargins(x, y);
  return tf.mul(perRow(tf.mul(factor, differentiable(derivative(formula), params, z, 1)), call), spread);
}
