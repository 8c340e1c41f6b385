import type { Derivative } from '@focal-loss/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { Call } from './call.ts';

/** A loss, and what its gradient will be made of. */
export interface Forward {
  /** A scalar, or for reduction `'none'` one loss a row. */
  readonly value: tf.Tensor;
  /** Empty unless the gradient was wanted. */
  readonly saved: tf.Tensor[];
}

/** How a backend evaluates a call. Neither part is recorded: what is differentiated stands in `tape.ts`. */
export interface Kernel {
  /** @param wants `'value'` is always among them. */
  forward(call: Call, wants: readonly Derivative[]): Forward;
  /** dy times the derivative by the logits, from what `forward` saved. */
  gradient(call: Call, saved: tf.Tensor[], dy: tf.Tensor): tf.Tensor;
}
