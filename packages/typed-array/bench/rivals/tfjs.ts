import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { CLASSES, type Scenario } from '../scenario.ts';
import type { Outcome, Rival } from './rival.ts';

const require = createRequire(import.meta.url);
// The package registers its gradients from a module that Node.js cannot import and that its bundle leaves out.
require('@tensorflow/tfjs-core/dist/register_all_gradients.js');
setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist') + sep);
setThreadsCount(1);
// Without checks of every result, and without advice to install another package.
tf.enableProdMode();

type Compose = (x: tf.Tensor, y: tf.Tensor, gamma: number) => tf.Scalar;

/** Composed as `tf.losses.sigmoidCrossEntropy` is. */
const sigmoid: Compose = (x, y, gamma) => {
  const p = tf.sigmoid(x);
  const ce = tf.add(tf.sub(tf.relu(x), tf.mul(x, y)), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
  const pt = tf.add(tf.mul(p, y), tf.mul(tf.sub(1, p), tf.sub(1, y)));
  return tf.sum(tf.mul(tf.pow(tf.sub(1, pt), gamma), ce));
};

/** With a mask of the labels, as gathering by index has no gradient here. */
const softmax: Compose = (x, labels, gamma) => {
  const log = tf.sum(tf.mul(tf.logSoftmax(x), tf.oneHot(labels as tf.Tensor1D, CLASSES)), 1);
  return tf.neg(tf.sum(tf.mul(tf.pow(tf.sub(1, tf.exp(log)), gamma), log)));
};

/** TensorFlow.js, composed of its operations, on one thread. */
export const tfjs = (backend: 'cpu' | 'wasm'): Rival => ({
  name: `tfjs ${backend}`,
  prepare({ link, gamma, wantGrad }: Scenario, { logits, targets, rows, classes }) {
    const compose = link === 'sigmoid' ? sigmoid : softmax;
    const shape = link === 'sigmoid' ? [rows] : [rows, classes];
    const dtype = link === 'sigmoid' ? 'float32' : 'int32';
    const run = (): Outcome => {
      const x = tf.tensor(logits, shape);
      const y = tf.tensor(targets, [rows], dtype);
      if (!wantGrad) return { value: compose(x, y, gamma).dataSync()[0] };
      const { value, grad } = tf.valueAndGrad((at) => compose(at as typeof x, y, gamma))(x);
      return { value: value.dataSync()[0], grad: grad.dataSync<'float32'>() };
    };
    return {
      enter: () => tf.setBackend(backend),
      run() {
        let outcome: Outcome = { value: Number.NaN };
        // Nothing is returned from `tidy`: in search of tensors it would walk through every entry of the gradient.
        tf.tidy(() => {
          outcome = run();
        });
        return outcome;
      },
    };
  },
});
