/**
 * What targets cost that are not hard labels alone, as ratios to hard labels in the same run: ignored entries, soft labels, a
 * denominator counted on the GPU. Started as `node --import tsx`, with a Vulkan driver.
 */
import { gaussianFocal, type Loss, qualityFocal, sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/webgpu';
import { create, globals } from 'webgpu';
import { detector, median } from './data.ts';
import { nameOf, openDevice } from './ours.ts';

const { gpu } = Object.assign(globalThis, globals, { gpu: create([]) });
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error('not run: no WebGPU adapter');
const device = await openDevice(adapter);
console.log(`adapter: ${nameOf(adapter.info)}`);

const n = 2 ** 20;
const { logits, targets } = detector(n);
const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
function buffer(data: Float32Array<ArrayBuffer>): GPUBuffer {
  const made = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_SRC | COPY_DST });
  device.queue.writeBuffer(made, 0, data);
  return made;
}
const x = buffer(logits);
const [grad, value] = [buffer(logits), buffer(new Float32Array(1))];
const ignored = targets.map((y, i) => (i % 10 === 3 ? -1 : y));
const soft = targets.map((_, i) => ((i * 7919) % 1000) / 1000);
const some = targets.map((y, i) => (y === 1 ? ((i * 7919) % 1000) / 1000 : 0));
const cases: [string, Loss, Float32Array<ArrayBuffer>][] = [
  ['hard labels', sigmoidFocal(), targets],
  ["normalizer 'positives'", sigmoidFocal({ normalizer: 'positives' }), targets],
  ['10 % ignored', sigmoidFocal({ ignoreIndex: -1 }), ignored],
  ['soft labels', sigmoidFocal(), soft],
  ['quality focal, 1 % soft', qualityFocal(), some],
  ['quality focal, all soft', qualityFocal(), soft],
  ['gaussian focal, all soft', gaussianFocal(), soft],
];
const calls = await Promise.all(
  cases.map(async ([name, loss, labels]) => {
    const run = await compile(loss, { device, prepare: [{ shape: [n] }] });
    return { name, bound: run.bind({ logits: x, targets: buffer(labels), grad, value }), times: [] as number[] };
  }),
);
for (let round = -2; round < 9; round++) {
  for (const { bound, times } of calls) {
    const encoder = device.createCommandEncoder();
    bound.encode(encoder);
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    if (round >= 0) times.push(performance.now() - start);
  }
}
const hard = median(calls[0].times);
for (const { name, times } of calls) {
  const time = median(times);
  console.log(
    `  ${name.padEnd(26)} ${((time * 1e6) / n).toFixed(1).padStart(6)} ns an element  ${(time / hard).toFixed(2)}×`,
  );
}
process.exit(0);
