import { type Loss, margins, type TensorOps } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { derivativeAt } from './elementwise.ts';
import { type Operand, operandOf, tensorOf } from './ops.ts';

/**
 * The slope of the losses of rows by their logits as an operation for a tape: the slope f′ by the margin, 1·f′ at the
 * class and −r_j·f′ at the others.
 */
export const slopeOfRows = (o: TensorOps<Operand>, loss: Loss, x: tf.Tensor, classes: tf.Tensor): tf.Tensor =>
  tf.mul(byMargin(o, loss, x, classes, 1), spread(o, x, classes));

/** A derivative by the margin, as a column. Its gradient is the next one times ∂z/∂x. */
function byMargin(o: TensorOps<Operand>, loss: Loss, x: tf.Tensor, classes: tf.Tensor, order: number): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x, classes]);
    const { z } = margins(o, operandOf(x), o.hot(operandOf(x), operandOf(classes)));
    return {
      value: tf.broadcastTo(tensorOf(derivativeAt(o, loss, { ofLogit: order }, z, o.constant(1))), tensorOf(z).shape),
      gradFunc: (dy: tf.Tensor, [x, classes]: tf.Tensor[]) =>
        tf.mul(tf.mul(dy, byMargin(o, loss, x, classes, order + 1)), spread(o, x, classes)),
    };
  });
  return op(x);
}

/** ∂z/∂x: 1 at the class and −r_j at the others. */
function spread(o: TensorOps<Operand>, x: tf.Tensor, classes: tf.Tensor): tf.Tensor {
  const hotOf = (x: tf.Tensor, classes: tf.Tensor) => o.hot(operandOf(x), operandOf(classes));
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x, classes]);
    const hot = hotOf(x, classes);
    const { others } = margins(o, operandOf(x), hot);
    return {
      value: tf.where(tensorOf(hot), 1, tf.neg(tensorOf(others))),
      gradFunc(dy: tf.Tensor, [x, classes]: tf.Tensor[]) {
        // ∂(−r_j)/∂x_k = −r_j·(δ_jk − r_k) among the others, and the class has no part in it.
        const others = tf.where(tensorOf(hotOf(x, classes)), 0, tf.neg(spread(o, x, classes)));
        const terms = tf.mul(others, dy);
        return tf.sub(tf.mul(others, tensorOf(o.sumRow(operandOf(terms)))), terms);
      },
    };
  });
  return op(x);
}
