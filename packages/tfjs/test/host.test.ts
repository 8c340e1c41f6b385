/** The entry without GPU kernels. In a file of its own: whoever imports the other entry has them all. */
import { FocalLossError, reference, sigmoidFocal } from '@focal-loss/core';
import { compile, posterior } from '@focal-loss/tfjs/host';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';

beforeAll(() => {
  tf.registerBackend('webgl', () => new MathBackendCPU());
});

it('computes on cpu by its fused kernel', async () => {
  await tf.setBackend('cpu');
  const [logits, labels] = [
    [2, -1, 0.5],
    [1, 0, 1],
  ];
  const value = compile(sigmoidFocal())(tf.tensor1d(labels), tf.tensor1d(logits)).dataSync()[0];
  expect(value).toBeCloseTo(reference(sigmoidFocal()).value(logits, labels) as number, 6);
  expect(tf.getKernelsForBackend('cpu').some(({ kernelName }) => kernelName.startsWith('FocalLoss'))).toBe(true);
});

it('on a GPU says which entry has its kernels', async () => {
  await tf.setBackend('webgl');
  for (const call of [
    () => compile(sigmoidFocal())(tf.tensor1d([1]), tf.tensor1d([0])),
    () => posterior(sigmoidFocal())(tf.tensor1d([0])),
  ]) {
    expect(call).toThrow(FocalLossError);
    expect(call).toThrow(/backend got "webgl", takes cpu or wasm: .* import @focal-loss\/tfjs/);
  }
});
