import { denominatorOf, look } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf, type Sum } from './arrays.ts';
import type { Call } from './call.ts';
import { knownDivisor, operandsOf } from './operands.ts';
import { renamed } from './operation.ts';
import { tensorOf } from './ops.ts';

/** What the sum of a call is divided by. */
export function divisorOf(call: Call, sum: Sum): number | tf.Tensor {
  const known = knownDivisor(call);
  if (known !== undefined) return known;
  const o = arraysOf(call.loss, call.rows, sum);
  return tensorOf(denominatorOf(o, call.loss, look(o, call.loss, operandsOf(call))));
}

/** a divided by what there is to divide by; 0 where there is nothing. */
export function divided(a: tf.Tensor, divisor: number | tf.Tensor): tf.Tensor {
  if (typeof divisor !== 'number') {
    // Not divNoNan, which asks for the gradient of a truth.
    const isNone = tf.equal(renamed(divisor), 0);
    return tf.where(isNone, 0, tf.div(a, tf.where(isNone, 1, divisor)));
  }
  if (divisor === 1) return a;
  return divisor === 0 ? tf.zerosLike(a) : tf.div(a, divisor);
}

/** A gradient times what comes from above: one number, or one an entry. */
export const scaledGradient = (grad: tf.Tensor, dy: tf.Tensor, { loss, rows }: Call): tf.Tensor =>
  tf.mul(grad, loss.link === 'softmax' && dy.rank > 0 ? tf.reshape(dy, [rows, 1]) : dy);
