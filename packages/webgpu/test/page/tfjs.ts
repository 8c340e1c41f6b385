/** A loss between TensorFlow.js's tensors, on its device and in its own buffers: nothing is copied. */
import { reference, sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/webgpu';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';

/** Of the backend, what its types keep to themselves. */
interface Internals {
  readonly tensorMap: tf.DataStorage<{ resource: GPUBuffer }>;
  /** Has what is recorded and not yet submitted. */
  readonly commandEncoder: GPUCommandEncoder | null;
}

/** The buffer of a tensor, once all that TensorFlow.js has recorded is submitted. */
function bufferOf(backend: WebGPUBackend, { dataId }: tf.Tensor): GPUBuffer {
  const internals = backend as unknown as Internals;
  backend.uploadToGPU(dataId);
  if (internals.commandEncoder !== null) backend.submitQueue();
  return internals.tensorMap.get(dataId).resource;
}

/** How far value and gradient are from the reference, or undefined where there is no WebGPU. */
export async function zeroCopy(): Promise<{ value: number; grad: number } | null> {
  if (!(await navigator.gpu?.requestAdapter())) return null;
  await tf.setBackend('webgpu');
  await tf.ready();
  const backend = tf.backend() as WebGPUBackend;
  const { device } = backend;
  const [a, b] = [tf.tensor1d([1, -2, 0.5, 3, -1]), tf.tensor1d([0.5, 0.25, 1, -1, 2])];
  const targets = tf.tensor1d([1, 0, 1, 0, 0]);
  // Logits that TensorFlow.js computes, on the GPU.
  const logits = tf.mul(a, b);

  const loss = sigmoidFocal({ gamma: 2, alpha: 0.25 });
  const run = await compile(loss, { device });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const [grad, value] = [20, 4].map((size) => device.createBuffer({ size, usage }));
  const inputs = { logits: bufferOf(backend, logits), targets: bufferOf(backend, targets) };
  const encoder = device.createCommandEncoder();
  run.encode(encoder, { ...inputs, grad, value });
  device.queue.submit([encoder.finish()]);

  // The gradient is a tensor from here on.
  const slope = tf.tensor({ buffer: grad, zeroCopy: true }, [5]);
  const ofA = await tf.mul(slope, b).data();
  const sum = await tf.tensor({ buffer: value, zeroCopy: true }, [1]).data();
  const truth = reference(loss).valueAndGrad([0.5, -0.5, 0.5, -3, -2], [1, 0, 1, 0, 0]);
  const others = [0.5, 0.25, 1, -1, 2];
  run.dispose();
  return {
    value: Math.abs(sum[0] / (truth.value as number) - 1),
    grad: Math.max(...Array.from(truth.grad, (g, i) => Math.abs(ofA[i] - g * others[i]) / Math.abs(g * others[i]))),
  };
}
