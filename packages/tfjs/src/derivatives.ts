import { derivative, type Formula, type Loss, type Point, valueAndDerivative } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Operand, tensors } from './ops.ts';

/**
 * Beyond ±2⁶⁰ a formula is continued along its slope: γ·x may overflow where the loss does not, and at ±∞ the line
 * gives the limit.
 */
export const END = 2 ** 60;

/** What may be known while a formula is put together is a tensor all the same, of the shape of the logits. */
const filled = (a: Operand, { shape }: tf.Tensor): tf.Tensor => (typeof a === 'number' ? tf.fill(shape, a) : a);

/** Value and slope of single entries at float32 logits of any size. */
export function pointwise({ formula, params }: Loss, x: tf.Tensor, y: Operand): Point<tf.Tensor> {
  const near = tf.clipByValue(x, -END, END);
  const point = valueAndDerivative<Operand>(formula, tensors, near, y, params);
  const value = filled(point.value, x);
  const slope = filled(point.derivative, x);
  const beyond = tf.logicalAnd(tf.greater(tf.abs(x), END), tf.notEqual(slope, 0));
  return { value: tf.where(beyond, tf.add(value, tf.mul(slope, tf.sub(x, near))), value), derivative: slope };
}

/**
 * A formula as an operation whose gradient is its derivative, which is again such an operation: differentiable any
 * number of times, and never through tfjs's own rules.
 */
export function differentiable(formula: Formula, params: Loss['params'], x: tf.Tensor, y: Operand): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save(typeof y === 'number' ? [x] : [x, y]);
    return {
      value: filled(formula(tensors, tf.clipByValue(x, -END, END) as Operand, y, params), x),
      gradFunc: (dy: tf.Tensor, [x, kept]: tf.Tensor[]) =>
        tf.mul(dy, differentiable(derivative(formula), params, x, kept ?? y)),
    };
  });
  return op(x);
}

/** The margins of rows of logits, and how they depend on the logits; see core's `margin`. */
export interface Margins {
  /** [rows]: x_t − logsumexp(x_j, j ≠ t). */
  readonly z: tf.Tensor;
  /** [rows, classes]: ∂z/∂x, 1 at the class and −r_j at the others. */
  readonly spread: tf.Tensor;
}

/** The margins, for no tape. */
export const margins = (x: tf.Tensor, classes: tf.Tensor): Margins => {
  const [rows, count] = x.shape as [number, number];
  const own = tf.equal(tf.reshape(tf.range(0, count), [1, count]), tf.reshape(classes, [rows, 1]));
  const none = tf.zerosLike(x);
  const others = tf.where(own, tf.fill(x.shape, -Infinity), x);
  const largest = tf.max(others, 1, true);
  // Equal infinities share, as equal numbers do.
  const below = tf.where(tf.equal(others, largest), none, tf.sub(others, largest));
  const shares = tf.where(own, none, tf.exp(below));
  const sum = tf.sum(shares, 1, true);
  const logit = tf.sum(tf.where(own, x, none), 1, true);
  return {
    z: tf.reshape(tf.sub(tf.sub(logit, largest), tf.log(sum)), [rows]),
    spread: tf.where(own, tf.onesLike(x), tf.neg(tf.div(shares, sum))),
  };
};

/** Margins for a tape to differentiate: ∂z/∂x is `spread`, and ∂spread/∂x is made of it. */
export const differentiableMargins = (x: tf.Tensor, classes: tf.Tensor): Margins => ({
  z: tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x, classes]);
    return {
      value: margins(x, classes).z,
      gradFunc: (dy: tf.Tensor, [x, classes]: tf.Tensor[]) =>
        tf.mul(tf.reshape(dy, [dy.size, 1]), differentiableSpread(x, classes)),
    };
  })(x),
  spread: differentiableSpread(x, classes),
});

function differentiableSpread(x: tf.Tensor, classes: tf.Tensor): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([x, classes]);
    return {
      value: margins(x, classes).spread,
      gradFunc(dy: tf.Tensor, [x, classes]: tf.Tensor[]) {
        // ∂(−r_j)/∂x_k = −r_j·(δ_jk − r_k) among the others, and the class has no part in it.
        const spread = differentiableSpread(x, classes);
        const r = tf.relu(tf.neg(spread));
        const rv = tf.mul(r, dy);
        return tf.sub(tf.mul(r, tf.sum(rv, 1, true)), rv);
      },
    };
  });
  return op(x);
}
