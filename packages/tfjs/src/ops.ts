import type { Ops } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';

/** A tensor, or a number that the formula knows while it is being put together: those are folded, not computed. */
export type Operand = tf.Tensor | number;

/** 2⁻¹²⁶ */
const TINY = 2 ** -126;

/** The operand as a tensor. */
export const tensorOf = (a: Operand): tf.Tensor => (typeof a === 'number' ? tf.scalar(a) : a);

const isNumber = (a: Operand): a is number => typeof a === 'number';

/** An operation on two operands, done at once if both are numbers. */
const binary =
  (known: (a: number, b: number) => number, op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
  (a: Operand, b: Operand): Operand =>
    isNumber(a) && isNumber(b) ? known(a, b) : op(tensorOf(a), tensorOf(b));

const unary =
  (known: (a: number) => number, op: (a: tf.Tensor) => tf.Tensor) =>
  (a: Operand): Operand =>
    isNumber(a) ? known(a) : op(a);

const added = binary((a, b) => a + b, tf.add);
const subtracted = binary((a, b) => a - b, tf.sub);
const multiplied = binary((a, b) => a * b, tf.mul);
const raised = binary(Math.pow, tf.pow);

/**
 * log(1 + a): the logarithm of the rounded sum, and what rounding took from it over the sum. The `log1p` of some
 * backends is log(1 + a), which loses all of a small a.
 */
function log1p(a: tf.Tensor): tf.Tensor {
  const sum = tf.add(a, 1);
  const lost = tf.sub(a, tf.sub(sum, 1));
  const log = tf.add(tf.log(sum), tf.div(lost, sum));
  return tf.where(tf.less(tf.abs(a), 1e30), log, tf.log(sum));
}

/** e^−|a|, from which both tails of softplus and sigmoid come. */
const decay = (a: tf.Tensor) => tf.exp(tf.neg(tf.abs(a)));

function sigmoid(a: tf.Tensor): tf.Tensor {
  const e = decay(a);
  return tf.div(tf.where(tf.less(a, 0), e, tf.onesLike(e)), tf.add(e, 1));
}

/**
 * The algebra on tensors: a formula composed of the backend's own operations. It holds its accuracy where `exp`, `log`
 * and the four rules of arithmetic do, whatever the backend makes of softplus, sigmoid and log1p.
 */
export const tensors: Ops<Operand> = {
  tiny: TINY,
  constant: (value) => value,
  literal: (a) => (isNumber(a) ? a : undefined),
  add: (a, b) => (a === 0 ? b : b === 0 ? a : added(a, b)),
  sub: (a, b) => (b === 0 ? a : subtracted(a, b)),
  mul: (a, b) => (a === 0 || b === 0 ? 0 : a === 1 ? b : b === 1 ? a : multiplied(a, b)),
  div: (a, b) => (b === 1 ? a : binary((p, q) => p / q, tf.div)(a, b)),
  neg: unary((a) => -a, tf.neg),
  abs: unary(Math.abs, tf.abs),
  sign: unary(Math.sign, tf.sign),
  max: binary(Math.max, tf.maximum),
  exp: unary(Math.exp, tf.exp),
  log: unary(Math.log, tf.log),
  log1p: unary(Math.log1p, log1p),
  softplus: unary(
    (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
    (a) => tf.add(tf.maximum(a, 0), log1p(decay(a))),
  ),
  sigmoid: unary((a) => 1 / (1 + Math.exp(-a)), sigmoid),
  pow(a, p) {
    if (p === 0) return 1;
    if (p === 1) return a;
    if (p === 2) return multiplied(a, a);
    if (p === 3) return multiplied(multiplied(a, a), a);
    return raised(a, p);
  },
  where: (test, a, b) =>
    isNumber(test) ? (test > 0 ? a : b) : tf.where(tf.greater(test, 0), tensorOf(a), tensorOf(b)),
  detach: (a) => a,
  affine: (a, x, b) => tensors.add(tensors.mul(a, x), b),
};
