import { jet, type Loss, type TensorOps } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Operand, operandOf, tensorOf } from './ops.ts';

/** The derivative of a formula, of some order, at logits x and targets y; where it is known to be a number, that. */
export function derivativeAt(o: TensorOps<Operand>, loss: Loss, order: number, x: Operand, y: Operand): Operand {
  const params = Object.fromEntries(Object.entries(loss.params).map(([key, value]) => [key, o.constant(value)]));
  const [far, minusFar] = [o.constant(o.far), o.constant(-o.far)];
  const near = o.choose(o.less(far, x), far, o.choose(o.less(x, minusFar), minusFar, x));
  return jet(loss.formula, o, params, order)(near, y)[order];
}

/**
 * A derivative of the losses of single logits as an operation for a tape, whose gradient is the next derivative, again
 * such an operation: differentiable any number of times, and never through tfjs's own rules.
 */
export function slopeOfLogits(
  o: TensorOps<Operand>,
  loss: Loss,
  x: tf.Tensor,
  targets: tf.Tensor,
  order = 1,
): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x, targets]);
    return {
      value: tf.broadcastTo(tensorOf(derivativeAt(o, loss, order, operandOf(x), operandOf(targets))), x.shape),
      gradFunc: (dy: tf.Tensor, [x, targets]: tf.Tensor[]) => tf.mul(dy, slopeOfLogits(o, loss, x, targets, order + 1)),
    };
  });
  return op(x);
}
