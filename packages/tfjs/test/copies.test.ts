/** Two copies of TensorFlow.js, as package managers leave them where ranges do not meet: a clear error, or right. */
import { createRequire } from 'node:module';
import { FocalLossError, reference, sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import { metric, priorBiasInitializer } from '@focal-loss/tfjs/layers';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';

const require = createRequire(import.meta.url);

/** A second copy of a package, whose first one has been loaded. */
function another<T>(name: string): T {
  const file = require.resolve(name);
  delete require.cache[file];
  return require(file);
}
const otherCore = another<typeof tf>('@tensorflow/tfjs-core');
const otherLayers = another<typeof layers>('@tensorflow/tfjs-layers');

it('these are copies', () => {
  expect(otherCore.Tensor).not.toBe(tf.Tensor);
  expect(otherLayers.layers.Layer).not.toBe(layers.layers.Layer);
});

it('tensors of another tfjs-core are tensors: value and gradient', () => {
  const loss = compile(sigmoidFocal());
  const { value, grad } = otherCore.valueAndGrad((x: tf.Tensor) => loss(otherCore.tensor1d([1, 0]), x) as tf.Scalar)(
    otherCore.tensor1d([0.5, 2]),
  );
  const truth = reference(sigmoidFocal()).valueAndGrad([0.5, 2], [1, 0]);
  expect(value.dataSync()[0]).toBeCloseTo(truth.value as number, 6);
  expect(grad.dataSync()[1]).toBeCloseTo(truth.grad[1], 6);
});

it('another tfjs-layers trains with a loss and a metric', async () => {
  const model = otherLayers.sequential({ layers: [otherLayers.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: 'sgd', loss: compile(sigmoidFocal()), metrics: [metric(sigmoidFocal())] });
  const { history } = await model.fit(tf.ones([8, 2]), tf.ones([8, 1]), { epochs: 1, verbose: 0 });
  expect(history.loss[0]).toBeGreaterThan(0);
});

it('another tfjs-layers knows no initializer of the first: it used to say "Improper config format"', () => {
  const make = () =>
    otherLayers.layers.dense({ units: 1, inputShape: [2], biasInitializer: priorBiasInitializer({ pi: 0.01 }) });
  expect(make).toThrow(FocalLossError);
  expect(make).toThrow(/@tensorflow\/tfjs-layers got "another copy"/);
});
