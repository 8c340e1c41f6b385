import { frame, remember } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf } from './arrays.ts';
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
export const composed: Kernel = {
  forward(call, wants) {
    const { loss, logits, rows } = call;
    const { value, grad } = frame(remember(arraysOf(loss, rows)), loss, operandsOf(call), wants);
    return {
      value: filled(value, loss.reduction === 'none' ? [rows] : []),
      saved: wants.includes('grad') ? [filled(grad, logits.shape)] : [],
    };
  },
  gradient: (call, [grad], dy) => scaledGradient(grad, dy, call),
};
