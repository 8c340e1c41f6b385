/**
 * What can only be measured on a GPU, in one process of Node.js without a network: the conformance suite on Dawn, the share of
 * copy bandwidth, the cost of class counts, and ONNX Runtime's CUDA provider where its libraries lie. Writes report.json and report.md
 * into the folder it is started in, as it goes.
 *
 *     npm run gpu                        on this machine
 *     npm run gpu -- --pack DIR          a folder of under 64 MiB for another: node DIR/run.mjs
 *
 * `--software` runs on an adapter in software, too, and `--quick` a small part: that is how a test runs it. `--minutes` is when to stop,
 * `--cuda` leaves WebGPU out. What fails says so under its heading, and the rest goes on.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadVectors, parseVectors, runConformance, type VectorFile } from '@focal-loss/conformance';
import { create, globals } from 'webgpu';
import { nameOf, openDevice } from '../../packages/webgpu/bench/ours.ts';
import { backend } from '../../packages/webgpu/conformance/backend.js';
import { cudaLines, noCuda } from './cuda.ts';
import { bandwidthLines, speedLines } from './speeds.ts';

const { values: flags } = parseArgs({
  options: {
    software: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    cuda: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '8' },
  },
});
const started = performance.now();
const minutes = Number(flags.minutes);
if (!(minutes > 0)) throw new RangeError(`--minutes takes a number > 0, got ${flags.minutes}`);
/** When a part of the time is over. */
const after = (share: number) => started + 60_000 * minutes * share;

/** What has been found so far: lines under a heading. */
const report: Record<string, string[]> = {};
function note(heading: string, ...lines: readonly string[]): void {
  report[heading] = [...(report[heading] ?? []), ...lines];
  for (const line of lines) console.log(`${heading}: ${line}`);
  writeFileSync('report.json', `${JSON.stringify(report, null, 2)}\n`);
  const sections = Object.entries(report).map(
    ([title, all]) => `## ${title}\n\n${all.map((one) => `- ${one}`).join('\n')}\n`,
  );
  writeFileSync('report.md', `# What a GPU says\n\n${sections.join('\n')}`);
}

// Kept: what Dawn makes lives as long as this does.
const { gpu } = Object.assign(globalThis, globals, { gpu: create([]) });

const isSoftware = ({ info }: GPUAdapter) => info.isFallbackAdapter || /swiftshader|llvmpipe/i.test(nameOf(info));

const WHY_NONE: Readonly<Record<string, string>> = {
  linux: ', which takes a Vulkan driver: libvulkan.so.1 and that of the GPU, both listed by vulkaninfo --summary',
};

/** Why nothing can run on WebGPU here, or the adapter. */
async function find(): Promise<string | GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return `not run: no WebGPU adapter${WHY_NONE[process.platform] ?? ''}`;
  return isSoftware(adapter) && !flags.software ? `not run: a software adapter only, ${nameOf(adapter.info)}` : adapter;
}

/** The golden vectors beside a bundle, or those of the installed core. */
async function vectors(): Promise<readonly VectorFile[]> {
  const beside = fileURLToPath(new URL('vectors', import.meta.url));
  if (!existsSync(beside)) return loadVectors();
  const files = readdirSync(beside).filter((name) => name !== 'schema.json');
  return files.sort().map((name) => parseVectors(readFileSync(`${beside}/${name}`, 'utf8')));
}

/** @param share Of the time, at whose end it stops. Each of the three gets as much as is left for it. */
async function conformance(share: number): Promise<void> {
  const all = await vectors();
  const kinds = [
    ['float32', true],
    ['float32', false],
    ['float16', true],
  ] as const;
  for (const [i, [dtype, subgroups]] of kinds.entries()) {
    const now = performance.now();
    const deadline = now + Math.max(after(share) - now, 0) / (kinds.length - i);
    const name = `${dtype}${subgroups ? ', subgroups where there are any' : ', without subgroups'}`;
    const own = backend(dtype, async () => gpu, { subgroups, largest: 2 ** 22 });
    const options = { vectors: all, ...(flags.quick && { shard: [1, 60] as const }) };
    for await (const event of runConformance(own, options)) {
      if (event.type === 'check' && performance.now() > deadline) {
        note('Conformance', `${name}: stopped after ${event.done} of ${event.total} checks, out of time`);
        break;
      }
      if (event.type !== 'end') continue;
      const { verdict, checks, failed, worst, seconds, failures } = event.report;
      const [value, grad] = [worst.value?.error ?? 0, worst.grad?.error ?? 0];
      const figures = `worst value ${value.toExponential(1)}, gradient ${grad.toExponential(1)}, ${seconds.toFixed(0)} s`;
      note('Conformance', `${name}: ${verdict}, ${checks} checks, ${failed} failed, ${figures}`);
      for (const { id, messages } of failures.slice(0, 5)) note('Conformance', `failed ${id}: ${messages.join('; ')}`);
      if (verdict === 'fails') process.exitCode = 1;
    }
  }
}

/** Does a part, and says what became of it if it fails: one that does must not cost the others. */
async function part(heading: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    note(heading, `failed: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    process.exitCode = 1;
  }
}

async function webgpu(adapter: GPUAdapter, share: number): Promise<void> {
  const device = await openDevice(adapter);
  device.addEventListener('uncapturederror', ({ error }) => {
    note('WebGPU', `error: ${error.message.split('\n')[0]}`);
    process.exitCode = 1;
  });
  const features = [...adapter.features].filter((name) => /^(subgroups|shader-f16|timestamp-query)$/.test(name));
  note('WebGPU', `adapter: ${nameOf(adapter.info)}`, `features: ${features.join(', ') || 'none of those asked for'}`);
  const { limits } = device;
  // Logits, targets and gradient at once.
  const most = Math.min(
    26,
    Math.floor(Math.log2(Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize) / 4)),
  );
  const isSoft = isSoftware(adapter);
  await part('Bandwidth', async () =>
    note('Bandwidth', ...(await bandwidthLines(device, 2 ** (flags.quick ? 16 : most), isSoft))),
  );
  await part('Speed', async () =>
    note('Speed', ...(await speedLines(device, 2 ** (flags.quick ? 12 : Math.min(24, most))))),
  );
  device.destroy();
  await part('Conformance', () => conformance(share));
}

// Looked for first: what CUDA does not need WebGPU may have.
const missing = await noCuda();
if (!flags.cuda) {
  await part('WebGPU', async () => {
    const found = await find();
    if (typeof found === 'string') note('WebGPU', found);
    else await webgpu(found, missing === undefined ? 0.6 : 1);
  });
}
if (missing !== undefined) note('CUDA', `not run: ${missing}`);
else {
  await part('CUDA', async () => {
    for await (const line of cudaLines(await vectors(), flags.quick, after(1))) {
      note('CUDA', line);
      if (/^failed|: fails,/.test(line)) process.exitCode = 1;
    }
  });
}
note('Time', `${((performance.now() - started) / 1000).toFixed(0)} s`);
process.exit();
