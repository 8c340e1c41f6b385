/**
 * This package against the same loss composed by hand from tfjs operations: time per call, on each backend, cpu and wasm
 * in Node.js, webgl and webgpu in Chromium.
 *
 *     npm run bench -w @focal-loss/tfjs -- [--quick]
 */
import '@tensorflow/tfjs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { openModule } from '@focal-loss/testing';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { race, type Scenario, type Times } from './race.ts';

const { quick } = parseArgs({ options: { quick: { type: 'boolean' } } }).values;
const size = 2 ** 20;
/** What has to hold for the sigmoid's value and gradient. */
const floors = { cpu: 20, wasm: 8, webgl: 3, webgpu: 3 };
const scenarios: Scenario[] = [
  { link: 'sigmoid', wants: ['value', 'grad'] },
  { link: 'sigmoid', wants: ['value'] },
  { link: 'softmax', wants: ['value', 'grad'] },
];

tf.enableProdMode();
setThreadsCount(1);
const page = await openModule(new URL('page.ts', import.meta.url));
try {
  const adapter = await page.call<string>('adapter');
  console.log(`Focal loss, γ = 2, of 2^20 float32 logits (softmax: 64 classes), milliseconds a call, medians.`);
  console.log(
    `Node.js ${process.version}, ${cpus()[0]?.model ?? 'unknown CPU'}; webgl and webgpu in Chromium on ${adapter}.\n`,
  );
  console.log('| backend | loss | this package | by hand | by hand takes | floor |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const [backend, floor] of Object.entries(floors)) {
    for (const scenario of scenarios) {
      const rounds = (quick ? 1 : 2) * (backend === 'wasm' ? 10 : 3);
      const gpu = backend.startsWith('web');
      const times = gpu
        ? await page.call<Times>('race', backend, scenario, size, rounds)
        : await race(backend, scenario, size, rounds);
      const { link, wants } = scenario;
      const withGrad = wants.includes('grad');
      const held = link === 'sigmoid' && withGrad ? `${floor} times${times.ratio < floor ? ', missed' : ''}` : '';
      const name = `${link}, value${withGrad ? ' and gradient' : ''}`;
      const cells = [
        backend,
        name,
        times.ours.toFixed(1),
        times.byHand.toFixed(1),
        `${times.ratio.toFixed(1)} times`,
        held,
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
} finally {
  await page.close();
}
