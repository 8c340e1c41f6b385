import { defineBackend, everything } from '@focal-loss/conformance';
import { FocalLossError } from '@focal-loss/core';
import { compile, posterior, valueGradHess } from '@focal-loss/tfjs';
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
export const backend = (name, tfName, { fused = true, supports, ...rest } = {}) =>
  defineBackend({
    name: `tfjs ${name}`,
    dtype: 'float32',
    supports: { ...everything, ...supports },
    ...rest,
    async resources() {
      await tf.setBackend(tfName);
      return tf.memory().numTensors;
    },
    async evaluate({ loss, logits, targets, axis = -1, weights, normalizer, wants, ...call }) {
      // tfjs on webgl keeps the very array that it is given as a shape, and does not expect it to change.
      const [shape, weightsShape] = [[...call.shape], call.weightsShape && [...call.weightsShape]];
      if (tf.getBackend() !== tfName) await tf.setBackend(tfName);
      const along = loss.link === 'softmax' || Array.isArray(loss.alpha) ? { axis } : {};
      const at = axis < 0 ? shape.length + axis : axis;
      const entries = loss.link === 'softmax' ? shape.filter((_, i) => i !== at) : shape;
      const areRows = loss.targets === 'class' && targets.length === logits.length && logits.length > 0;
      const tensors = tf.tidy(() => {
        const x = tf.tensor(logits, shape);
        if (wants.includes('posterior')) return { posterior: posterior(loss, { fused, ...along })(x) };
        const y = tf.tensor(targets, areRows ? shape : entries);
        const size = entries.reduce((all, one) => all * one, 1);
        const w = weights && tf.tensor(weights, weightsShape ?? (weights.length === size ? entries : [weights.length]));
        const run = compile(loss, { fused, ...along });
        const f = (x) => run(y, x, w, { normalizer });
        return named(() => {
          if (wants.includes('hess')) return valueGradHess(loss, { fused, ...along })(y, x, w, { normalizer });
          return wants.includes('grad') ? tf.valueAndGrad(f)(x) : { value: f(x) };
        });
      });
      const read = await Promise.all(Object.entries(tensors).map(async ([part, t]) => [part, await t.data()]));
      tf.dispose(tensors);
      const { value, ...parts } = Object.fromEntries(read);
      const isArray = loss.reduction === 'none' || loss.reduction === 'example';
      return { ...parts, ...(value && { value: isArray ? value : value[0] }) };
    },
  });
