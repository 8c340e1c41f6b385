import { evaluate, isByIndex, type Looked, look, reduce, type TensorOps } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf } from './arrays.ts';
import type { Call } from './call.ts';
import { derivativeOf } from './elementwise.ts';
import { operandsOf } from './operands.ts';
import { renamed } from './operation.ts';
import { type Operand, operandOf, tensorOf } from './ops.ts';
import { scaledGradient } from './reduce.ts';
import { slopeOfRows } from './rowwise.ts';

/** The gradient of a call as operations that a tape records and can differentiate again, once or more often. */
export function recordedGradient(call: Call, dy: tf.Tensor): tf.Tensor {
  const { loss, rows } = call;
  const o = arraysOf(loss, rows);
  const { logits, alpha, denominator, ...inputs } = operandsOf(call);
  const looked = look(o, loss, inputs);
  const grad =
    loss.link === 'sigmoid'
      ? ofLogits(call, o, logits, looked, alpha)
      : isByIndex(loss, call.targetRows)
        ? ofRows(call, o, logits, looked, alpha)
        : ofSoftRows(call, o, logits, looked, alpha);
  return scaledGradient(tensorOf(reduce(o, loss, { grad }, looked, denominator).grad as Operand), dy, call);
}

type Ops = TensorOps<Operand>;
type Alpha = ReturnType<typeof operandsOf>['alpha'];

/** α_t, as the frame has it: the loss of a formula that is 1 everywhere. */
function factorOf({ loss }: Call, o: Ops, x: tf.Tensor, { targets }: Looked<Operand>, alpha: Alpha): Operand {
  const unit = { ...loss, formula: <T>({ constant }: { constant(value: number): T }) => constant(1) };
  const at = { logits: operandOf(tf.zeros(x.shape)), targets, alpha };
  return evaluate(o, unit, at, ['value']).value as Operand;
}

/** Nothing comes of a silent entry: its logit may be anything, and is made harmless. */
const harmless = (o: Ops, logits: Operand, silent: readonly Operand[]): Operand =>
  silent.reduce((rest, truth) => o.choose(o.column(truth), o.constant(0), rest), logits);

function ofLogits(call: Call, o: Ops, logits: Operand, looked: Looked<Operand>, alpha: Alpha): Operand {
  const { loss } = call;
  const factor = factorOf(call, o, tensorOf(logits), looked, alpha);
  const x = tensorOf(harmless(o, logits, [...looked.silent, o.equal(factor, o.constant(0))]));
  const y = tensorOf(looked.targets);
  const epsilon = loss.labelSmoothing;
  const slopeOfLogits = (x: tf.Tensor, y: tf.Tensor) => derivativeOf(o, loss, x, y, { ofLogit: 1 });
  if (epsilon === 0) return o.mul(factor, operandOf(slopeOfLogits(x, y)));
  const [up, down] = [y, tf.sub(1, y)].map((one) => tf.add(tf.mul(one, 1 - epsilon), epsilon / 2));
  if (loss.labels === 'apart') return o.mul(factor, operandOf(slopeOfLogits(x, up)));
  // By the smaller of y and 1 − y, as the frame does.
  const isPositive = tf.less(renamed(down), renamed(up));
  const turn = (a: tf.Tensor) => tf.where(isPositive, tf.neg(a), a);
  const slope = turn(slopeOfLogits(turn(x), tf.where(isPositive, down, up)));
  return o.mul(factor, operandOf(slope));
}

function ofRows(call: Call, o: Ops, logits: Operand, looked: Looked<Operand>, alpha: Alpha): Operand {
  const factor = factorOf(call, o, tensorOf(logits), looked, alpha);
  const x = tensorOf(harmless(o, logits, [...looked.silent, o.equal(factor, o.constant(0))]));
  return o.mul(o.column(factor), operandOf(slopeOfRows(o, call.loss, x, tensorOf(looked.targets))));
}

/** Σ_c y_c·∂f(z_c)/∂x: each row as many times as it has classes, with another of them the one it is of. */
function ofSoftRows(
  { loss, rows, classes, targetRows }: Call,
  o: Ops,
  logits: Operand,
  looked: Looked<Operand>,
  alpha: Alpha,
): Operand {
  const x = tensorOf(harmless(o, logits, looked.silent));
  const given = looked.targets;
  let y = targetRows ? given : loss.targets === 'place' ? o.near(logits, given) : o.oneHot(logits, given);
  if (loss.labelSmoothing !== 0) {
    const all = o.constant(loss.labelSmoothing / classes);
    y = o.add(o.mul(y, o.constant(1 - loss.labelSmoothing)), all);
  }
  if (alpha !== undefined && 'classes' in alpha) y = o.mul(y, alpha.classes);
  const each = tf.reshape(tensorOf(y), [rows * classes, 1]);
  const many = tf.reshape(tf.tile(tf.reshape(x, [rows, 1, classes]), [1, classes, 1]), [rows * classes, classes]);
  const slopes = slopeOfRows(arraysOf(loss, rows * classes), loss, many, tf.tile(tf.range(0, classes), [rows]));
  const parts = tf.where(tf.equal(renamed(each), 0), 0, tf.mul(each, slopes));
  return operandOf(tf.sum(tf.reshape(parts, [rows, classes, classes]), 1));
}
