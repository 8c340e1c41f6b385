/** What browser.test.ts has a browser do. */
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import {
  derivative,
  distributionFocal,
  gaussianFocal,
  iouAwareCrossEntropy,
  type Loss,
  numbers,
  posterior as posteriorOf,
  qualityFocal,
  reference,
  sigmoidCrossEntropy,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxFocal,
  softmaxPoly,
  varifocal,
} from '@focal-loss/core';
import { compile, posterior, valueGradHess } from '@focal-loss/tfjs';
import { metric, priorBiasInitializer } from '@focal-loss/tfjs/layers';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';

/** Makes a backend the active one, which stays as it is; returns its name. */
export async function use(backend: string, files: string): Promise<string> {
  if (backend === 'wasm') setWasmPaths(`${files}node_modules/@tensorflow/tfjs-backend-wasm/dist/`);
  await tf.setBackend(backend);
  return tf.getBackend();
}

const off = (got: ArrayLike<number>, truth: ArrayLike<number>): number => {
  if (got.length !== truth.length) return Infinity;
  return Math.max(...Array.from(truth, (t, i) => (t === got[i] ? 0 : Math.abs(got[i] - t) / Math.abs(t))));
};

/** Losses of odd shapes with everything at once: the worst relative error of values and gradients. */
export async function worst(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  const n = 105;
  const logits = Float32Array.from({ length: n }, (_, i) => 20 * Math.sin(i * 7.1));
  const hard = Array.from({ length: n }, (_, i) => Number(i % 3 === 0));
  const sparse = hard.map((y, i) => (i % 5 === 0 ? -1 : y));
  const classes = Array.from({ length: n / 7 }, (_, i) => (i * 5) % 7);
  const weights = (count: number) => Float32Array.from({ length: count }, (_, i) => (i % 4) / 2);
  const mean = { ignoreIndex: -1, normalizer: 'positives' } as const;
  const oneHot = () => tf.reshape(tf.oneHot(tf.tensor1d(classes, 'int32'), 7), [3, 5, 7]);
  const cases = [
    ['bool labels', sigmoidFocal({ gamma: 2, alpha: 0.25 }), () => tf.tensor(hard, [3, 5, 7], 'bool'), hard, undefined],
    [
      'int32 labels, ignored',
      sigmoidFocal({ gamma: 0.5, ...mean }),
      () => tf.tensor(sparse, [3, 5, 7], 'int32'),
      sparse,
      undefined,
    ],
    ['weights', sigmoidFocalStar({ normalizer: 'weights' }), () => tf.tensor(hard, [3, 5, 7]), hard, weights(n)],
    ['none', qualityFocal({ reduction: 'none' }), () => tf.tensor(hard, [3, 5, 7]), hard, undefined],
    ['softmax', softmaxFocal({ gamma: 2 }), () => tf.tensor(classes, [3, 5], 'int32'), classes, weights(n / 7)],
    [
      'softmax none',
      softmaxFocal({ gamma: 1.5, reduction: 'none' }),
      () => tf.tensor(classes, [3, 5, 1]),
      classes,
      undefined,
    ],
    ['softmax one-hot', softmaxFocal({ alpha: [1, 2, 3, 4, 5, 6, 7], ignoreIndex: 3 }), oneHot, classes, undefined],
  ] as const;
  for (const [name, loss, labels, targets, w] of cases) {
    const softmax = loss.link === 'softmax';
    const options = { weights: w, shape: softmax ? [n / 7, 7] : [n] };
    const truth = reference(loss).valueAndGrad(logits, targets, options);
    const run = compile(loss);
    const tensors = tf.tidy(() => {
      const y = labels();
      const weightTensor = w && tf.tensor(w, softmax ? [3, 5] : [3, 5, 7]);
      return tf.valueAndGrad((x) => run(y, x, weightTensor))(tf.tensor(logits, [3, 5, 7]));
    });
    const value = typeof truth.value === 'number' ? [truth.value] : truth.value;
    found[name] = Math.max(off(await tensors.value.data(), value), off(await tensors.grad.data(), truth.grad));
    tf.dispose(tensors);
  }
  return found;
}

/**
 * What fused kernels do not all know: the worst error of value, gradient and second derivatives. Scales are those of the largest.
 *
 * @param onGpu Every shape of every operation is a program there: second derivatives, which are composed, of every fifth case.
 */
export async function options(onGpu: boolean): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  const shape = [3, 5, 7];
  const n = 105;
  const x = Float32Array.from({ length: n }, (_, i) => 6 * Math.sin(i * 7.1));
  const soft = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.abs(Math.sin(i * 3.3)));
  const classes = (count: number, of: number) => Float32Array.from({ length: count }, (_, i) => (i * 5) % of);
  const cases: [string, Loss, number, Float32Array, number[]][] = [
    ['rows', softmaxFocal({ gamma: 1.5 }), -1, soft(n), shape],
    ['rows along axis 1', softmaxFocal({ alpha: [1, 2, 3, 4, 5], reduction: 'example' }), 1, soft(n), shape],
    ['smoothed', softmaxPoly({ labelSmoothing: 0.1, reduction: 'none' }), 0, classes(35, 3), [5, 7]],
    ['places', distributionFocal({ reduction: 'none' }), -1, soft(15).map((y) => 6 * y), [3, 5]],
    ['indices along axis 1', softmaxFocal({ ignoreIndex: 2 }), 1, classes(21, 5), [3, 7]],
    ['an α a class, smoothed', sigmoidFocal({ alpha: [0.1, 0.5, 0.9], labelSmoothing: 0.1 }), 0, soft(n), shape],
    ['examples', sigmoidFocal({ reduction: 'example', labelSmoothing: 0.2 }), -1, soft(n), shape],
    ['gaussian', gaussianFocal({ normalizer: 'positives' }), -1, classes(n, 2), shape],
    ['varifocal', varifocal({ iouWeighted: false }), -1, soft(n), shape],
    ['iou-aware', iouAwareCrossEntropy({ reduction: 'sum' }), -1, soft(n), shape],
  ];
  const weights = Float32Array.from([0.5]);
  for (const [i, [name, loss, axis, targets, labelShape]] of cases.entries()) {
    const hasHess = !onGpu || i % 5 === 0;
    const truth = reference(loss).valueGradHess(x, targets, { shape, axis, weights, weightsShape: [1] });
    const run = compile(loss, { axis });
    const tensors = tf.tidy(() => {
      const [y, w] = [tf.tensor(targets, labelShape), tf.tensor(weights)];
      const { value, grad } = tf.valueAndGrad((x) => run(y, x, w))(tf.tensor(x, shape));
      return { value, grad, ...(hasHess && { hess: valueGradHess(loss, { axis })(y, tf.tensor(x, shape), w).hess }) };
    });
    const far = async (got: tf.Tensor, truths: ArrayLike<number>) => {
      const most = Array.from(truths).reduce((all, t) => Math.max(all, Math.abs(t)), 0);
      const data = await got.data();
      return Math.max(...Array.from(truths, (t, i) => Math.abs(data[i] - t) / most));
    };
    const value = typeof truth.value === 'number' ? [truth.value] : truth.value;
    found[name] = Math.max(
      await far(tensors.value, value),
      await far(tensors.grad, truth.grad),
      tensors.hess ? await far(tensors.hess, truth.hess) : 0,
    );
    tf.dispose(tensors);
  }
  return found;
}

/** The worst relative error of posteriors. */
export async function posteriors(): Promise<number> {
  let worst = 0;
  const x = Float32Array.from({ length: 60 }, (_, i) => 20 * Math.sin(i * 7.1));
  for (const loss of [sigmoidFocal({ alpha: 0.25 }), qualityFocal(), softmaxFocal({ gamma: 1.5 })]) {
    const eta = tf.tidy(() => posterior(loss, { axis: 1 })(tf.tensor(x, [4, 5, 3])));
    worst = Math.max(worst, off(await eta.data(), posteriorOf(loss)(x, { shape: [4, 5, 3], axis: 1 })));
    eta.dispose();
  }
  return worst;
}

/** What becomes of NaN among predictions. */
export async function nan(): Promise<boolean[]> {
  const run = compile(sigmoidFocal({ reduction: 'none' }), { fromLogits: false });
  return Array.from(await run([1, 1], [Number.NaN, 0.5]).data(), Number.isNaN);
}

/** tf.grad(tf.grad(f)) of a sum, against the second derivative of the formula: the worst relative error. */
export async function second(): Promise<number> {
  const logits = [-3, -1, 0.5, 2, 4];
  const labels = [1, 0, 1, 0, 1];
  const loss = sigmoidFocal({ reduction: 'sum' });
  const f = (x: tf.Tensor) => compile(loss)(labels, x);
  const got = tf.tidy(() => tf.grad((x) => tf.sum(tf.grad(f)(x)))(tf.tensor1d(logits)));
  const formula = derivative(derivative(loss.formula));
  return off(
    await got.data(),
    logits.map((x, i) => formula(numbers, x, labels[i], loss.params)),
  );
}

/** Calls outside tidy, half of them with gradient, whose results are disposed of: tensors and buffers left over. */
export function leaked(calls: number): number[] {
  const x = tf.tensor2d([1, -2, 3, -4], [2, 2]);
  const y = tf.tensor2d([1, 0, 0, 1], [2, 2]);
  const runs = [compile(sigmoidFocal()), compile(softmaxFocal({ reduction: 'none' }))];
  const call = (i: number) => {
    const run = runs[(i >> 1) % 2];
    tf.dispose(i % 2 === 0 ? run(y, x) : tf.grad((x) => run(y, x))(x));
  };
  for (let i = 0; i < 4; i++) call(i);
  const before = tf.memory();
  for (let i = 0; i < calls; i++) call(i);
  const after = tf.memory();
  return [after.numTensors - before.numTensors, after.numDataBuffers - before.numDataBuffers];
}

/** The mean over millions of equal entries, of which a running float32 sum would keep three digits. */
export async function meanOfMany(count: number): Promise<number> {
  const loss = sigmoidFocal({ gamma: 2 });
  const value = tf.tidy(() => compile(loss)(tf.ones([count]), tf.fill([count], 0.3)));
  const truth = reference(loss).value([Math.fround(0.3)], [1]) as number;
  const error = off(await value.data(), [truth]);
  value.dispose();
  return error;
}

/** What a bad label and a bad weight make of their entries. */
export async function bad(): Promise<string[]> {
  const none = compile(sigmoidFocal({ reduction: 'none' }));
  const values = await none([1, 2, 0, 1], [1, 1, 1, 1], [1, 1, -1, 1]).data();
  return Array.from(values, (value) => (Number.isNaN(value) ? 'NaN' : 'number'));
}

/** Which entries have a slope that is NaN, of cross-entropy with an α a class: put together from the backend's operations. */
export async function slopesOfNaN(): Promise<boolean[]> {
  const run = compile(sigmoidCrossEntropy({ alpha: [0.25, 0.75], reduction: 'sum' }));
  const slopes = tf.grad((x) => run(tf.tensor([0, 0]), x))(tf.tensor([Number.NaN, 1]));
  return Array.from(await slopes.data(), Number.isNaN);
}

/** Trains with model.fit: first and last loss, and by how much loss and metric differ. */
export async function fit(): Promise<number[]> {
  const loss = sigmoidFocal();
  const model = layers.sequential({
    layers: [
      layers.layers.dense({
        units: 1,
        activation: 'sigmoid',
        inputShape: [2],
        biasInitializer: priorBiasInitializer({ pi: 0.1 }),
      }),
    ],
  });
  const options = { fromLogits: false };
  model.compile({ optimizer: tf.train.sgd(1), loss: compile(loss, options), metrics: [metric(loss, options)] });
  const x = tf.tensor2d(
    Array.from({ length: 80 }, (_, i) => Math.sin(i * 3.7)),
    [40, 2],
  );
  const y = tf.tensor2d(
    Array.from({ length: 40 }, (_, i) => Number(Math.sin(i * 7.4) > 0.5)),
    [40, 1],
  );
  const { history } = await model.fit(x, y, { epochs: 8, batchSize: 40, verbose: 0 });
  const losses = history.loss as number[];
  return [
    losses[0],
    losses[7],
    Math.max(...losses.map((value, i) => Math.abs(value - (history.sigmoidFocal[i] as number)))),
  ];
}

/** The error on a device that keeps 16 bits of a number; for a page in which nothing has run yet. */
export async function onFloat16Textures(): Promise<(string | number)[]> {
  tf.env().set('WEBGL_FORCE_F16_TEXTURES', true);
  await tf.setBackend('webgl');
  const said = (call: () => unknown) => {
    try {
      call();
      return 'no error';
    } catch (error) {
      return String(error);
    }
  };
  const logits = [2, -1.5, 0.25, -9];
  const labels = [1, 0, 0, 0];
  const evaluates = compile(sigmoidFocal(), { evaluateOnFloat16: true });
  const [value] = tf.tidy(() => evaluates(labels, logits).dataSync());
  const truth = reference(sigmoidFocal()).value(logits, labels) as number;
  return [
    said(() => compile(sigmoidFocal())([1], [1])),
    said(() => tf.grad((x) => evaluates(labels, x))(tf.tensor1d(logits))),
    Math.abs(value / truth - 1),
  ];
}
