/**
 * What recording a call costs the CPU, in µs, beside recording the same two dispatches by hand: with bind groups made at every
 * step, and made once. Started as `node --import tsx`, with a Vulkan driver.
 */
import { type Loss, sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/webgpu';
import { create, globals } from 'webgpu';
import { median } from './data.ts';

const { gpu } = Object.assign(globalThis, globals, { gpu: create([]) });
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error('not run: no WebGPU adapter');
const device = await adapter.requestDevice();

const n = 1000;
const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
const buffer = (length: number) => device.createBuffer({ size: 4 * length, usage: STORAGE | COPY_SRC | COPY_DST });
const [logits, targets, grad, value] = [n, n, n, 1].map(buffer);

/** µs of each, which take turns; nothing is submitted. */
function costs(ways: Readonly<Record<string, (encoder: GPUCommandEncoder) => void>>): Record<string, number> {
  const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = 0; round < 60; round++) {
    for (const [name, way] of Object.entries(ways)) {
      const encoder = device.createCommandEncoder();
      const start = performance.now();
      for (let turn = 0; turn < 50; turn++) way(encoder);
      if (round >= 20) times.get(name)?.push(((performance.now() - start) * 1000) / 50);
      encoder.finish();
    }
  }
  return Object.fromEntries(Array.from(times, ([name, all]) => [name, Number(median(all).toFixed(1))]));
}

/** So many dispatches of a kernel that does nothing, with as many buffers as ours. */
async function byHand(dispatches: number): Promise<Record<string, (encoder: GPUCommandEncoder) => void>> {
  const module = device.createShaderModule({
    code: `${[0, 1, 2, 3].map((i) => `@group(0) @binding(${i}) var<storage, read_write> b${i}: array<u32>;`).join('\n')}
      @compute @workgroup_size(64) fn main() { b3[0] = b0[0] + b1[0] + b2[0]; }`,
  });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const layout = pipeline.getBindGroupLayout(0);
  const group = () =>
    device.createBindGroup({
      layout,
      entries: [logits, targets, grad, value].map((one, binding) => ({ binding, resource: { buffer: one } })),
    });
  const kept = group();
  const record = (encoder: GPUCommandEncoder, each: () => GPUBindGroup) => {
    const pass = encoder.beginComputePass();
    for (let i = 0; i < dispatches; i++) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, each());
      pass.dispatchWorkgroups(4);
    }
    pass.end();
  };
  return {
    'by hand': (encoder) => record(encoder, group),
    'by hand, bound': (encoder) => record(encoder, () => kept),
  };
}

async function ours(loss: Loss): Promise<Record<string, (encoder: GPUCommandEncoder) => void>> {
  const run = await compile(loss, { device });
  const options = { logits, targets, grad, value };
  const bound = run.bind(options);
  return {
    encode: (encoder) => run.encode(encoder, options),
    'bind, encode': (encoder) => bound.encode(encoder),
  };
}

console.log('count, 2 dispatches:', costs({ ...(await ours(sigmoidFocal())), ...(await byHand(2)) }));
const positives = sigmoidFocal({ normalizer: 'positives' });
console.log('positives, 4 dispatches:', costs({ ...(await ours(positives)), ...(await byHand(4)) }));
process.exit(0);
