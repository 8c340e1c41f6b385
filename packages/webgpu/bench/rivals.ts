import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { detector, type Racer } from './data.ts';

/** TensorFlow.js on its WebGPU backend, composed as `tf.losses.sigmoidCrossEntropy` is. */
export async function tfjs(n: number): Promise<Racer> {
  tf.enableProdMode();
  await tf.setBackend('webgpu');
  await tf.ready();
  const { logits, targets } = detector(n);
  const x = tf.tensor1d(logits);
  const y = tf.tensor1d(targets);
  const loss = (at: tf.Tensor): tf.Scalar => {
    const p = tf.sigmoid(at);
    const ce = tf.add(tf.sub(tf.relu(at), tf.mul(at, y)), tf.log1p(tf.exp(tf.neg(tf.abs(at)))));
    const pt = tf.add(tf.mul(p, y), tf.mul(tf.sub(1, p), tf.sub(1, y)));
    return tf.sum(tf.mul(tf.pow(tf.sub(1, pt), 2), ce));
  };
  const both = tf.valueAndGrad(loss);
  let last: tf.Tensor | undefined;
  return {
    async run() {
      last?.dispose();
      const { value, grad } = both(x);
      last = grad;
      const [sum] = await value.data();
      value.dispose();
      return sum;
    },
    grad: async () => (await last?.data()) as Float32Array,
    end: () => tf.dispose([x, y, ...(last ? [last] : [])]),
  };
}

/** jax-js on its WebGPU backend: the composition fused by its compiler. */
export async function jax(n: number): Promise<Racer> {
  await init('webgpu');
  defaultDevice('webgpu');
  const { logits, targets } = detector(n);
  const x = np.array(logits);
  const y = np.array(targets);
  // Its arrays are consumed by what they are passed to; `ref` keeps them for another use.
  const loss = (at: np.Array, label: np.Array): np.Array => {
    const p = nn.sigmoid(at.ref);
    const ce = nn.softplus(at.ref).sub(at.mul(label.ref));
    const pt = p.ref.mul(label.ref).add(np.subtract(1, p).mul(np.subtract(1, label)));
    return np.sum(np.power(np.subtract(1, pt), 2).mul(ce));
  };
  const both = jit(valueAndGrad(loss));
  let last: np.Array | undefined;
  return {
    async run() {
      last?.dispose();
      const [value, grad] = both(x.ref, y.ref);
      last = grad;
      const [sum] = await value.data();
      return sum;
    },
    grad: async () => (await last?.ref.data()) as Float32Array,
    end() {
      last?.dispose();
      x.dispose();
      y.dispose();
    },
  };
}
