/**
 * Value and gradient of the sigmoid focal loss, γ = 2, float32, on the GPU: the fused kernel beside TensorFlow.js composed
 * of its operations and jax-js jitted, in one browser on one adapter.
 *
 *     npm run bench -w @focal-loss/webgpu -- [--quick] [--node]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { noChromium, openModule, vulkanEnvironment } from '@focal-loss/testing';
import { median } from './data.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, node: { type: 'boolean', default: false } },
});
const sizes = values.quick ? [2 ** 16, 2 ** 20] : [2 ** 12, 2 ** 16, 2 ** 20];
const rounds = values.quick ? 3 : 7;
const names = { webgpu: '@focal-loss/webgpu, fused', tfjs: 'tfjs webgpu, composed', jax: 'jax-js webgpu, jit' };

/** Bytes of logits, targets and gradient; what else a composition moves, its own buffers, is beyond counting here. */
const BYTES = 12;

const missing = await noChromium();
if (missing === undefined) await browser();
else console.log(`Chromium: not run: ${missing}`);
if (values.node) {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('node.ts', import.meta.url)), ...sizes.map(String)],
    { env: { ...process.env, ...vulkanEnvironment() }, encoding: 'utf8' },
  );
  console.log(`\nDawn in Node.js, ${stdout}${stderr}`);
}

async function browser(): Promise<void> {
  const { call, close } = await openModule(new URL('page.ts', import.meta.url));
  try {
    const opened = await call<{ adapter: string; software: boolean } | null>('open');
    if (opened === null) {
      console.log('Chromium: not run: no WebGPU adapter');
      return;
    }
    console.log(
      `Chromium, adapter: ${opened.adapter}\nvalue and gradient, γ = 2, float32, ${BYTES} bytes an element at least\n`,
    );
    for (const n of sizes) await race(call, n);
    if (opened.software) console.log('share of copy bandwidth: not run: software adapter');
    else {
      const { kernel, copy } = await call<{ kernel: number; copy: number }>('speeds', 2 ** 26);
      const [share, rate] = [Math.round((100 * kernel) / copy), (copy / 1e9).toFixed(0)];
      console.log(`share of copy bandwidth at 2^26 elements: ${share} % of ${rate} GB/s`);
    }
  } finally {
    await close();
  }
}

/** Rivals take turns, so that what else the machine does slows all of them down. */
async function race(call: <R>(name: string, ...args: unknown[]) => Promise<R>, n: number): Promise<void> {
  const times: Record<string, number[]> = {};
  const sums: Record<string, number> = {};
  const apart: Record<string, number> = {};
  for (const name of Object.keys(names)) {
    apart[name] = await call<number>('enter', name, n);
    times[name] = [];
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(names)) {
      const raced = await call<{ value: number; times: number[] }>('race', name, 1);
      times[name].push(...raced.times);
      sums[name] = raced.value;
    }
  }
  await call('leave');
  console.log(`2^${Math.log2(n)} elements${' '.repeat(17)}ns/element     ×   GB/s   sum differs   grad differs`);
  for (const [name, title] of Object.entries(names)) {
    const ns = (median(times[name]) * 1e6) / n;
    const ratio = median(times[name].map((time, i) => time / times.webgpu[i]));
    const off = Math.abs(sums[name] / sums.webgpu - 1);
    const cells = [
      ns.toPrecision(3).padStart(10),
      ratio.toPrecision(3).padStart(5),
      (BYTES / ns).toPrecision(2).padStart(6),
    ];
    console.log(
      `  ${title.padEnd(26)}${cells.join(' ')}  ${off.toExponential(0).padStart(12)} ${apart[name].toExponential(0).padStart(14)}`,
    );
  }
  console.log();
}
