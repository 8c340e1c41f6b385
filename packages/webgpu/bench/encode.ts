/**
 * What recording a call of 1,000 logits costs the CPU, in µs, beside recording as many dispatches by hand: with buffers that change from
 * call to call, with the same again, and bound. Started as `node --import tsx`, with a Vulkan driver.
 */
import { type Loss, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile, type EncodeOptions } from '@focal-loss/webgpu';
import { create, globals } from 'webgpu';

const { gpu } = Object.assign(globalThis, globals, { gpu: create([]) });
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error('not run: no WebGPU adapter');
const device = await adapter.requestDevice();

const n = 1000;
const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
const buffer = (length: number) => device.createBuffer({ size: 4 * length, usage: STORAGE | COPY_SRC | COPY_DST });
const [logits, targets, weights, value] = [n, n, n, 1].map(buffer);
/** More gradients than anybody remembers. */
const grads = Array.from({ length: 64 }, () => buffer(n));

type Way = (encoder: GPUCommandEncoder) => void;

/** µs of each, which take turns; nothing is submitted. A tenth of the rounds are as quick: what else the machine does only adds. */
function costs(ways: Readonly<Record<string, Way>>): Record<string, number> {
  const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = 0; round < 80; round++) {
    // Each after each of the others, whose garbage it may be that is collected.
    const order = Object.entries(ways);
    order.push(...order.splice(0, round % order.length));
    if (round % 2 === 1) order.reverse();
    for (const [name, way] of order) {
      const encoder = device.createCommandEncoder();
      const start = performance.now();
      for (let turn = 0; turn < 50; turn++) way(encoder);
      if (round >= 20) times.get(name)?.push(((performance.now() - start) * 1000) / 50);
      encoder.finish();
    }
  }
  return Object.fromEntries(
    Array.from(times, ([name, all]) => [name, all.toSorted((a, b) => a - b)[Math.floor(all.length / 10)]]),
  );
}

/** So many dispatches of a kernel that does nothing, each with four buffers. */
async function byHand(dispatches: number): Promise<{ changing: Way; bound: Way }> {
  const module = device.createShaderModule({
    code: `${[0, 1, 2, 3].map((i) => `@group(0) @binding(${i}) var<storage, read_write> b${i}: array<u32>;`).join('\n')}
      @compute @workgroup_size(64) fn main() { b3[0] = b0[0] + b1[0] + b2[0]; }`,
  });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module } });
  const layout = pipeline.getBindGroupLayout(0);
  const group = (grad: GPUBuffer) =>
    device.createBindGroup({
      layout,
      entries: [logits, targets, grad, value].map((one, binding) => ({ binding, resource: { buffer: one } })),
    });
  const record = (encoder: GPUCommandEncoder, each: () => GPUBindGroup) => {
    const pass = encoder.beginComputePass();
    for (let i = 0; i < dispatches; i++) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, each());
      pass.dispatchWorkgroups(4);
    }
    pass.end();
  };
  const kept = group(grads[0]);
  let turn = 0;
  return {
    changing(encoder) {
      const grad = grads[turn++ % grads.length];
      record(encoder, () => group(grad));
    },
    bound: (encoder) => record(encoder, () => kept),
  };
}

async function compare(name: string, dispatches: number, loss: Loss, more: Partial<EncodeOptions> = {}): Promise<void> {
  const run = await compile(loss, { device, prepare: [] });
  const options = { logits, targets, grad: grads[0], value, ...more };
  const bound = run.bind(options);
  const hand = await byHand(dispatches);
  let turn = 0;
  const us = costs({
    changing: (encoder) => run.encode(encoder, { ...options, grad: grads[turn++ % grads.length] }),
    same: (encoder) => run.encode(encoder, options),
    bound: (encoder) => bound.encode(encoder),
    byHand: hand.changing,
    byHandBound: hand.bound,
  });
  run.dispose();
  const cell = (us: number, by: number) => `${us.toFixed(1)} (${(us / by).toFixed(2)} ×)`.padStart(18);
  const cells = [cell(us.changing, us.byHand), cell(us.same, us.byHand), cell(us.bound, us.byHandBound)];
  console.log(`${`${name}, ${dispatches} dispatches`.padEnd(28)}${cells.join('')}`);
}

console.log(
  `${' '.repeat(28)}${['changing buffers', 'the same', 'bound'].map((title) => title.padStart(18)).join('')}`,
);
await compare('plain', 2, sigmoidFocal());
await compare('weights', 2, sigmoidFocal(), { weights });
await compare("'positives'", 4, sigmoidFocal({ normalizer: 'positives' }));
await compare('softmax', 2, softmaxFocal(), { targets: weights, shape: [100, 10] });
process.exit(0);
