import { defineBackend } from '@focal-loss/conformance';
import { FocalLossError } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** The suite looks for the name that core has for what tfjs calls labels. */
function named(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FocalLossError)) throw error;
    const problems = error.problems.map((at) => (at.field === 'labels' ? { ...at, field: 'targets' } : at));
    throw new FocalLossError('tfjs', problems);
  }
}

/** A backend of tfjs as one of the conformance suite. `tfName` is what tfjs calls it; it becomes the active one. */
export const backend = (name, tfName, { fused = true, ...rest } = {}) =>
  defineBackend({
    name: `tfjs ${name}`,
    dtype: 'float32',
    ...rest,
    async resources() {
      await tf.setBackend(tfName);
      return tf.memory().numTensors;
    },
    async evaluate({ loss, logits, targets, shape, weights, normalizer, grad }) {
      await tf.setBackend(tfName);
      const run = compile(loss, { fused });
      const rows = loss.link === 'softmax' ? [shape[0]] : shape;
      const tensors = tf.tidy(() => {
        const y = tf.tensor(targets, rows);
        const w = weights && tf.tensor(weights, rows);
        const x = tf.tensor(logits, shape);
        const f = (x) => run(y, x, w, { normalizer });
        return named(() => (grad ? tf.valueAndGrad(f)(x) : { value: f(x) }));
      });
      const [value, gradient] = await Promise.all([tensors.value.data(), tensors.grad?.data()]);
      tf.dispose(tensors);
      return { value: loss.reduction === 'none' ? value : value[0], grad: gradient };
    },
  });
