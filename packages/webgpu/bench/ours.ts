import { sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/webgpu';
import { detector, median, type Racer } from './data.ts';

const STORAGE = 128;
const COPY_SRC = 4;
const COPY_DST = 8;
const MAP_READ = 1;

/** The fused kernel on the user's buffers. */
export async function ours(device: GPUDevice, n: number): Promise<Racer> {
  const run = await compile(sigmoidFocal({ gamma: 2, reduction: 'sum' }), { device });
  const { logits: x, targets: y } = detector(n);
  const buffer = (size: number, usage = STORAGE | COPY_SRC | COPY_DST) => device.createBuffer({ size, usage });
  const [logits, targets, grad, value] = [buffer(4 * n), buffer(4 * n), buffer(4 * n), buffer(4)];
  const landing = buffer(4, MAP_READ | COPY_DST);
  device.queue.writeBuffer(logits, 0, x);
  device.queue.writeBuffer(targets, 0, y);
  return {
    async run() {
      const encoder = device.createCommandEncoder();
      run.encode(encoder, { logits, targets, grad, value });
      encoder.copyBufferToBuffer(value, 0, landing, 0, 4);
      device.queue.submit([encoder.finish()]);
      await landing.mapAsync(MAP_READ);
      const [sum] = new Float32Array(landing.getMappedRange());
      landing.unmap();
      return sum;
    },
    async grad() {
      const back = buffer(4 * n, MAP_READ | COPY_DST);
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(grad, 0, back, 0, 4 * n);
      device.queue.submit([encoder.finish()]);
      await back.mapAsync(MAP_READ);
      const numbers = new Float32Array(back.getMappedRange().slice(0));
      back.destroy();
      return numbers;
    },
    end() {
      run.dispose();
      for (const one of [logits, targets, grad, value, landing]) one.destroy();
    },
  };
}

/** Bytes the fused kernel moves for one element: a logit and a target read, a slope written. */
export const BYTES = 12;

/** Bytes a second of the kernel and of a copy from buffer to buffer, each so often that starting it does not count. */
export async function bandwidth(device: GPUDevice, n: number): Promise<{ kernel: number; copy: number }> {
  const run = await compile(sigmoidFocal({ gamma: 2, reduction: 'sum' }), { device });
  const usage = STORAGE | COPY_SRC | COPY_DST;
  const [logits, targets, grad] = [0, 1, 2].map(() => device.createBuffer({ size: 4 * n, usage }));
  const value = device.createBuffer({ size: 4, usage });
  const turns = 20;
  const seconds = async (record: (encoder: GPUCommandEncoder) => void) => {
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const encoder = device.createCommandEncoder();
      for (let turn = 0; turn < turns; turn++) record(encoder);
      const start = performance.now();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      times.push((performance.now() - start) / 1000 / turns);
    }
    return median(times);
  };
  const kernel = (BYTES * n) / (await seconds((encoder) => run.encode(encoder, { logits, targets, grad, value })));
  const copy = (8 * n) / (await seconds((encoder) => encoder.copyBufferToBuffer(logits, 0, grad, 0, 4 * n)));
  run.dispose();
  for (const one of [logits, targets, grad, value]) one.destroy();
  return { kernel, copy };
}

/** With subgroups, and with limits for 2²⁶ logits in one buffer, where the adapter has them. */
export async function openDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const requiredFeatures = (['subgroups'] as const).filter((feature) => adapter.features.has(feature));
  return adapter.requestDevice({ requiredFeatures, requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
}

export const nameOf = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  [...new Set([vendor, architecture, device, description])].filter(Boolean).join(' ');
