/** Graphs with what looks at sizes in them, as appended losses have it, on the WebGPU provider: no node may leave it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { qualityFocal, sigmoidFocal, softmaxCrossEntropy, softmaxFocal } from '@focal-loss/core';
import { vulkanEnvironment } from '@focal-loss/testing';
import { expect, it } from 'vitest';
import { buildModel, type ModelOptions } from '../src/index.ts';

/** Says of each file what the provider says to it, strictly; in a process of its own, as Vulkan is found by its environment. */
const child = `
const ort = require('onnxruntime-node');
const options = {
  executionProviders: ['webgpu'],
  logSeverityLevel: 4,
  extra: { session: { disable_cpu_ep_fallback: '1' } },
};
(async () => {
  const said = [];
  for (const file of process.argv.slice(1)) {
    said.push(await ort.InferenceSession.create(file, options).then((one) => one.release().then(() => 'runs'), String));
  }
  console.log(JSON.stringify(said));
})();`;

const strictly = (files: readonly string[]): string[] =>
  JSON.parse(
    execFileSync(process.execPath, ['-e', child, ...files], {
      encoding: 'utf8',
      env: { ...process.env, ...vulkanEnvironment() },
    })
      .trim()
      .split('\n')
      .at(-1) as string,
  );

const layouts = {
  rows: { shape: ['rows', 'classes'] },
  'the first axis': { shape: ['classes', 'rows'], axis: 0 },
  'a map': { shape: ['n', 4, 'height', 'width'], axis: 1 },
  anchors: { shape: ['n', 'anchors', 'classes'] },
  'anchors of one picture': { shape: [1, 'anchors', 4] },
} as const satisfies Record<string, ModelOptions>;

it('class indices of more axes than one left the GPU, as it has no Slice of int32', (context) => {
  const losses = [
    softmaxFocal(),
    softmaxFocal({ ignoreIndex: 255, alpha: [1, 2, 3, 4] }),
    softmaxCrossEntropy({ labelSmoothing: 0.1, reduction: 'example' }),
    sigmoidFocal({ ignoreIndex: 255 }),
    qualityFocal({ reduction: 'none' }),
  ];
  const models = Object.entries(layouts).flatMap(([layout, options]) =>
    losses.map((loss) => {
      const given: ModelOptions = { ...options, index: 'int32', accumulate: 'float32', grad: true, weights: true };
      return { of: `${loss.name}, ${layout}`, bytes: buildModel(loss, given) };
    }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-webgpu-'));
  try {
    const plain = buildModel(sigmoidFocal(), { accumulate: 'float32', checked: false });
    const files = [plain, ...models.map(({ bytes }) => bytes)].map((bytes, i) => {
      const file = join(folder, `${i}.onnx`);
      writeFileSync(file, bytes);
      return file;
    });
    const [first, ...said] = strictly(files);
    if (first !== 'runs') return context.skip(`not run: ${first}`);
    expect(said.map((one, i) => `${models[i].of}: ${one}`)).toEqual(models.map(({ of }) => `${of}: runs`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
