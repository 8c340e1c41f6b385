import { dual, type Formula, jet, type Loss, type TensorOps } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { recorded } from './operation.ts';
import { type Operand, operandOf, tensorOf } from './ops.ts';

/** How often something is differentiated. */
export interface Orders {
  readonly ofLogit?: number;
  readonly ofTarget?: number;
}

/** The derivative of a formula, of some order, at logits x and targets y; where it is known to be a number, that. */
export function derivativeAt(
  o: TensorOps<Operand>,
  { formula, params }: Pick<Loss, 'formula' | 'params'>,
  { ofLogit = 0, ofTarget = 0 }: Orders,
  x: Operand,
  y: Operand,
): Operand {
  const numbers = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, o.constant(value)]));
  const [far, minusFar] = [o.constant(o.far), o.constant(-o.far)];
  const near = o.choose(o.less(far, x), far, o.choose(o.less(x, minusFar), minusFar, x));
  let differentiated = formula;
  for (let i = 0; i < ofTarget; i++) differentiated = byTarget(differentiated);
  return jet(differentiated, o, numbers, ofLogit)(near, y)[ofLogit];
}

/** ∂f/∂y, as a formula. */
const byTarget =
  (formula: Formula): Formula =>
  (o, x, y, params) => {
    const fixed = <T>(value: T) => ({ value, tangent: null });
    const constants = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, fixed(value)]));
    const { tangent } = formula(dual(o), fixed(x), { value: y, tangent: o.constant(1) }, constants);
    return tangent ?? o.constant(0);
  };

/**
 * A derivative of the losses of single logits as an operation for a tape, whose gradients are the next derivatives, again such
 * operations: differentiable any number of times, and never through tfjs's own rules.
 */
export function derivativeOf(
  o: TensorOps<Operand>,
  loss: Loss,
  x: tf.Tensor,
  targets: tf.Tensor,
  { ofLogit = 0, ofTarget = 0 }: Orders,
): tf.Tensor {
  return recorded(
    { x, targets },
    ({ x, targets }) => {
      const at = derivativeAt(o, loss, { ofLogit, ofTarget }, operandOf(x), operandOf(targets));
      return tf.broadcastTo(tensorOf(at), x.shape);
    },
    (dy, { x, targets }) => {
      const next = (orders: Orders) => tf.mul(dy, derivativeOf(o, loss, x, targets, orders));
      return {
        x: () => next({ ofLogit: ofLogit + 1, ofTarget }),
        targets: () => next({ ofLogit, ofTarget: ofTarget + 1 }),
      };
    },
  );
}
