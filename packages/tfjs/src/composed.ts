import { type Derivative, frame, remember } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf } from './arrays.ts';
import type { Call } from './call.ts';
import type { Kernel } from './kernel.ts';
import { operandsOf } from './operands.ts';
import { type Operand, tensorOf } from './ops.ts';
import { scaledGradient } from './reduce.ts';

/** What a formula leaves a number is a tensor all the same. */
export const filled = (a: Operand | undefined, shape: number[]) => tf.broadcastTo(tensorOf(a as Operand), shape);

/** What there is of a call without entries: it has nothing to reduce. */
export const empty: Kernel = {
  forward: ({ loss }) => ({ value: tf.zeros(loss.reduction === 'none' ? [0] : []), saved: [] }),
  gradient: ({ logits }) => tf.zerosLike(logits),
};

/** Core's frame put together from the backend's own operations: runs on every backend there is. */
export function composedParts<Part extends Derivative>(call: Call, wants: readonly Part[]): Record<Part, tf.Tensor> {
  const { loss, logits, rows } = call;
  const made = frame(remember(arraysOf(loss, rows)), loss, operandsOf(call), wants);
  const ofValue = loss.reduction === 'none' ? [rows] : [];
  const parts = wants.map((part) => [part, filled(made[part], part === 'value' ? ofValue : logits.shape)] as const);
  return Object.fromEntries(parts) as Record<Part, tf.Tensor>;
}

/** {@link composedParts} as a kernel. */
export const composed: Kernel = {
  forward(call, wants) {
    const { value, grad } = composedParts(call, wants);
    return { value, saved: wants.includes('grad') ? [grad] : [] };
  },
  gradient: (call, [grad], dy) => scaledGradient(grad, dy, call),
};
