import { defineBackend } from '@focal-loss/conformance';
import { FocalLossError } from '@focal-loss/core';
import { flushed } from '@focal-loss/testing/flushed';
import { compile } from '@focal-loss/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import type { Plugged } from '../plug.ts';

/** TensorFlow.js on WebGL where the browser has it, else on its plain JavaScript backend. */
export default async (): Promise<Plugged> => {
  const gl = await tf.setBackend('webgl').catch(() => false);
  if (!gl) await tf.setBackend('cpu');
  const backend = defineBackend({
    name: `tfjs float32 ${gl ? 'webgl' : 'cpu'}`,
    dtype: 'float32',
    device: gl ? 'gpu' : 'cpu',
    supports: { badInput: gl ? 'nan' : 'throws' },
    ...(gl && { xfail: flushed }),
    resources: () => tf.memory().numTensors,
    async evaluate({ loss, logits, targets, shape, weights, normalizer, grad }) {
      const run = compile(loss);
      const rows = loss.link === 'softmax' ? shape.slice(0, 1) : [...shape];
      const { value, grad: slopes } = tf.tidy((): { value: tf.Tensor; grad?: tf.Tensor } => {
        const labels = tf.tensor(targets, rows);
        const factors = weights && tf.tensor(weights, rows);
        const f = (x: tf.Tensor) => named(() => run(labels, x, factors, { normalizer }));
        const x = tf.tensor(logits, [...shape]);
        return grad ? tf.valueAndGrad(f)(x) : { value: f(x) };
      });
      const [values, gradient] = await Promise.all([value.data(), slopes?.data()]);
      tf.dispose(slopes === undefined ? [value] : [value, slopes]);
      return { value: loss.reduction === 'none' ? values : values[0], grad: gradient };
    },
  });
  return { backend };
};

/** What tfjs calls labels are the targets of core, and of the suite. */
function named<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FocalLossError)) throw error;
    const problems = error.problems.map((at) => (at.field === 'labels' ? { ...at, field: 'targets' } : at));
    throw new FocalLossError('tfjs', problems);
  }
}
