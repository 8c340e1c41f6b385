/**
 * Value and gradient of each kind of call, beside a kernel that a person wrote for that kind alone: times as a ratio, and how far both
 * are apart. Started as `node --import tsx`, with a Vulkan driver.
 */
import { fromFloat16Bits, type Loss, qualityFocal, sigmoidFocal, softmaxFocal, toFloat16Bits } from '@focal-loss/core';
import { compile } from '@focal-loss/webgpu';
import { create, globals } from 'webgpu';
import { detector, median } from './data.ts';
import { byHand, type Kind } from './hand.ts';
import { nameOf, openDevice } from './ours.ts';

const { gpu } = Object.assign(globalThis, globals, { gpu: create([]) });
const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error('not run: no WebGPU adapter');
const device = await openDevice(adapter);
console.log(`adapter: ${nameOf(adapter.info)}`);
const software = adapter.info.isFallbackAdapter;

const n = 2 ** 20;
const { logits, targets } = detector(n);
const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
function buffer(data: Float32Array<ArrayBuffer>): GPUBuffer {
  const made = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_SRC | COPY_DST });
  device.queue.writeBuffer(made, 0, data);
  return made;
}
const x = buffer(logits);
const halves = buffer(new Float32Array(Uint16Array.from(logits, toFloat16Bits).buffer));
const results = () => ({ grad: buffer(new Float32Array(n)), value: buffer(new Float32Array(1)) });
const [ours, theirs] = [results(), results()];

const soft = targets.map((_, i) => ((i * 7919) % 1000) / 1000);
const some = targets.map((y, i) => (y === 1 ? ((i * 7919) % 1000) / 1000 : 0));
const classesOf = (classes: number) => targets.slice(0, Math.floor(n / classes)).map((_, i) => (i * 7919) % classes);
interface Case {
  readonly name: string;
  readonly loss: Loss;
  readonly kind: Kind | 'softmax';
  readonly labels: Float32Array<ArrayBuffer>;
  readonly classes?: number;
  readonly half?: boolean;
}
const cases: Case[] = [
  { name: 'hard labels', loss: sigmoidFocal(), kind: 'hard', labels: targets },
  { name: 'hard labels, float16', loss: sigmoidFocal(), kind: 'hard', labels: targets, half: true },
  {
    name: "normalizer 'positives'",
    loss: sigmoidFocal({ normalizer: 'positives' }),
    kind: 'positives',
    labels: targets,
  },
  {
    name: '10 % ignored',
    loss: sigmoidFocal({ ignoreIndex: -1 }),
    kind: 'ignored',
    labels: targets.map((y, i) => (i % 10 === 3 ? -1 : y)),
  },
  { name: 'soft labels', loss: sigmoidFocal(), kind: 'soft', labels: soft },
  { name: 'quality focal, 1 % soft', loss: qualityFocal(), kind: 'quality', labels: some },
  { name: 'quality focal, all soft', loss: qualityFocal(), kind: 'quality', labels: soft },
  ...[3, 10, 80, 1000].map(
    (classes): Case => ({
      name: `softmax, ${classes} classes`,
      loss: softmaxFocal(),
      kind: 'softmax',
      labels: classesOf(classes),
      classes,
    }),
  ),
];

async function read(from: GPUBuffer): Promise<Float32Array<ArrayBuffer>> {
  const back = device.createBuffer({ size: from.size, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(from, 0, back, 0, from.size);
  device.queue.submit([encoder.finish()]);
  await back.mapAsync(MAP_READ);
  const numbers = new Float32Array(back.getMappedRange().slice(0));
  back.destroy();
  return numbers;
}

async function timed(record: (encoder: GPUCommandEncoder) => void): Promise<number> {
  const encoder = device.createCommandEncoder();
  record(encoder);
  const start = performance.now();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  return performance.now() - start;
}

/** The largest difference, of the largest number. */
function apart(a: Float32Array, b: Float32Array): number {
  let [most, off] = [0, 0];
  a.forEach((one, i) => {
    most = Math.max(most, Math.abs(one));
    off = Math.max(off, Number.isNaN(one - b[i]) ? Number.POSITIVE_INFINITY : Math.abs(one - b[i]));
  });
  return off / most;
}

console.log(`${' '.repeat(27)}ns an element      ×   value, gradient apart`);
for (const { name, loss, kind, labels, classes, half = false } of cases) {
  if (process.argv[2] && !name.includes(process.argv[2])) continue;
  const rows = labels.length;
  const shape = classes === undefined ? [rows] : [rows, classes];
  const targets = buffer(labels);
  const run = await compile(loss, { device, dtype: half ? 'float16' : 'float32', prepare: [{ shape }] });
  const bound = run.bind({ logits: half ? halves : x, targets, shape, ...ours });
  const rival = await byHand(device, software, kind, {
    logits: half ? halves : x,
    targets,
    rows,
    half,
    ...theirs,
    ...(classes && { classes }),
  });
  const [times, ratios]: [number[], number[]] = [[], []];
  for (let round = -2; round < 11; round++) {
    const own = await timed((encoder) => bound.encode(encoder));
    const other = await timed((encoder) => rival.encode(encoder));
    if (round < 0) continue;
    times.push(own);
    ratios.push(own / other);
  }
  const slopes = async (from: GPUBuffer) => {
    const words = await read(from);
    return half ? Float32Array.from(new Uint16Array(words.buffer, 0, n), fromFloat16Bits) : words;
  };
  const off = [
    apart(await read(ours.value), await read(theirs.value)),
    apart(await slopes(ours.grad), await slopes(theirs.grad)),
  ];
  console.log(
    `  ${name.padEnd(26)}${((median(times) * 1e6) / n).toFixed(1).padStart(11)}  ${median(ratios).toFixed(2).padStart(5)}   ${off.map((one) => one.toExponential(0)).join(', ')}`,
  );
  run.dispose();
  targets.destroy();
}
process.exit(0);
