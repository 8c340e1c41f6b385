import { sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/webgpu';
import { median } from '../../packages/webgpu/bench/data.ts';
import { bandwidth } from '../../packages/webgpu/bench/ours.ts';

/** The least share of copy bandwidth that value and gradient are to reach on hardware. */
const BOUND = 0.8;

/** Value and gradient of 2ᵏ logits beside a copy from buffer to buffer. */
export async function bandwidthLines(device: GPUDevice, n: number, isSoftware: boolean): Promise<string[]> {
  const { kernel, copy } = await bandwidth(device, n);
  const share = kernel / copy;
  const judged = isSoftware ? 'not judged in software' : share >= BOUND ? 'reached' : 'missed';
  const says = `value and gradient of 2^${Math.log2(n)} logits move ${(kernel / 1e9).toPrecision(3)} GB/s, a copy ${(copy / 1e9).toPrecision(3)} GB/s`;
  return [says, `share ${(100 * share).toFixed(0)} %, bound ${100 * BOUND} %: ${judged}`];
}

/** Value and gradient where loss, classes and targets differ, in nanoseconds an element. */
export async function speedLines(device: GPUDevice, n: number): Promise<string[]> {
  const lines = [`sigmoid, 2^${Math.log2(n)} logits: ${await speed(device, n, 1)} ns an element`];
  for (const classes of [3, 10, 80, 1000]) {
    lines.push(
      `softmax of ${classes}, about 2^${Math.log2(n)} logits: ${await speed(device, n, classes)} ns an element`,
    );
  }
  return lines;
}

async function speed(device: GPUDevice, n: number, classes: number): Promise<string> {
  const rows = Math.floor(n / classes);
  const count = rows * classes;
  const make = (data: Float32Array<ArrayBuffer>) => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: 128 | 4 | 8 });
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };
  const logits = make(Float32Array.from({ length: count }, (_, i) => 8 * Math.sin(i * 12.9898)));
  const targets = make(
    Float32Array.from({ length: rows }, (_, i) => (classes === 1 ? Number(i % 97 === 0) : (i * 7) % classes)),
  );
  const [grad, value] = [make(new Float32Array(count)), make(new Float32Array(1))];
  const loss = classes === 1 ? sigmoidFocal({ reduction: 'sum' }) : softmaxFocal({ reduction: 'sum' });
  const shape = classes === 1 ? [rows] : [rows, classes];
  const run = await compile(loss, { device, prepare: [{ value: true, grad: true, shape }] });
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    const encoder = device.createCommandEncoder();
    for (let turn = 0; turn < 5; turn++) run.encode(encoder, { logits, targets, grad, value, shape });
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    if (round > 1) times.push((performance.now() - start) / 5);
  }
  run.dispose();
  for (const buffer of [logits, targets, grad, value]) buffer.destroy();
  return ((median(times) * 1e6) / count).toPrecision(3);
}
