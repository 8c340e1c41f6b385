import { evaluate, look, reduce } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf } from './arrays.ts';
import type { Call } from './call.ts';
import { slopeOfLogits } from './elementwise.ts';
import { operandsOf } from './operands.ts';
import { type Operand, operandOf, tensorOf } from './ops.ts';
import { scaledGradient } from './reduce.ts';
import { slopeOfRows } from './rowwise.ts';

/** The gradient of a call as operations that a tape records and can differentiate again, once or more often. */
export function recordedGradient(call: Call, dy: tf.Tensor): tf.Tensor {
  const { loss, rows } = call;
  const o = arraysOf(loss, rows);
  const { logits, alpha, denominator, ...inputs } = operandsOf(call);
  const looked = look(o, loss, inputs);
  const targets = tensorOf(looked.targets);
  const x = tensorOf(logits);

  // α_t, as the frame has it: the loss of a formula that is 1 everywhere.
  const unit = { ...loss, formula: <T>({ constant }: { constant(value: number): T }) => constant(1) };
  const at = { logits: operandOf(tf.zeros(x.shape)), targets: looked.targets, alpha };
  const factor = evaluate(o, unit, at, ['value']).value as Operand;

  // Nothing comes of a silent entry: its logit may be anything, and is made harmless.
  const silent = [...looked.silent, o.equal(factor, o.constant(0))];
  const harmless = silent.reduce((rest, truth) => o.choose(o.column(truth), o.constant(0), rest), logits);
  const slope = (loss.link === 'softmax' ? slopeOfRows : slopeOfLogits)(o, loss, tensorOf(harmless), targets);
  const grad = o.mul(o.column(factor), operandOf(slope));
  return scaledGradient(tensorOf(reduce(o, loss, { grad }, looked, denominator).grad as Operand), dy, call);
}
