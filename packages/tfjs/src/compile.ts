import type { Loss } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { evaluate } from './gradient.ts';
import { type CallOptions, prepare } from './inputs.ts';
import { kernelOf } from './kernel.ts';

export type TfLoss = (
  labels: tf.Tensor | tf.TensorLike,
  logits: tf.Tensor | tf.TensorLike,
  weights?: tf.Tensor | tf.TensorLike,
  options?: CallOptions,
) => tf.Tensor;

export interface CompileOptions {
  readonly fused?: boolean;
}

export function compile(loss: Loss, { fused = true }: CompileOptions = {}): TfLoss {
  return (labels, logits, weights, options = {}) =>
    tf.tidy(() => {
      const x = tensor(logits);
      const call = prepare(loss, tensor(labels), x, weights === undefined ? undefined : tensor(weights), options);
      return evaluate(call, kernelOf(loss, tf.getBackend(), fused));
    });
}

const tensor = (a: tf.Tensor | tf.TensorLike): tf.Tensor => (a instanceof tf.Tensor ? a : tf.tensor(a));
