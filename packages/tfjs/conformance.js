// What `focal-conformance --all` runs for this package: the fused kernels of each backend, and the composed formula.
import { defineBackend } from '@focal-loss/conformance';
import { FocalLossError } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';

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

/** A backend of tfjs, told to be the active one before each call. */
const backend = (name, tfName, { fused = true, ...rest } = {}) =>
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
      return tf.tidy(() => {
        const x = tf.tensor(logits, shape);
        const y = tf.tensor(targets, rows);
        const w = weights && tf.tensor(weights, rows);
        const f = (x) => run(y, x, w, { normalizer });
        // None is reduced to a sum to be differentiated: the elementwise derivative.
        const both = named(() => (grad ? tf.valueAndGrad(f)(x) : { value: f(x) }));
        const value = both.value.dataSync();
        return { value: loss.reduction === 'none' ? value : value[0], grad: both.grad?.dataSync() };
      });
    },
  });

export default [
  backend('cpu', 'cpu'),
  backend('wasm', 'wasm'),
  backend('composed', 'cpu', { fused: false, device: 'composed', supports: { badInput: 'nan' }, largest: 1e5 }),
];
