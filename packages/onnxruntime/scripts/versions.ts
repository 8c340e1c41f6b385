/**
 * Which opsets each version of ONNX Runtime takes our models in: a table for the README. Installs each version into a folder of its
 * own, without the CUDA libraries that its script would fetch.
 *
 *     npm run versions -w @focal-loss/onnxruntime -- 1.17.3 1.20.1 1.30.0
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OPSETS = [11, 12, 13, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26];
const dist = (name: string) => fileURLToPath(new URL(`../../${name}/dist/index.js`, import.meta.url));

/** In the folder of a version: for each opset whether values and gradients of three losses are right, and `compile` with it. */
const program = (opsets: readonly number[]) => `
const ort = require('onnxruntime-node');
(async () => {
  const { buildModel, compile } = await import(${JSON.stringify(dist('onnxruntime'))});
  const core = await import(${JSON.stringify(dist('core'))});
  const logits = [0.3, -2.5, 4, 1.25, -0.75, 0.5];
  const losses = [
    [core.sigmoidFocal({ alpha: 0.25 }), [6], [1, 0, 0, 1, 0.5, 0], 'float32'],
    [core.softmaxFocal({ gamma: 1.5 }), [2, 3], [2, 0], 'int64'],
    [core.sigmoidPoly(), [6], [1, 0, 0, 1, 0, 0], 'float32'],
  ];
  const found = {};
  for (const opset of ${JSON.stringify(opsets)}) {
    try {
      for (const [loss, shape, targets, type] of losses) {
        const session = await ort.InferenceSession.create(buildModel(loss, { grad: true, opset }), { logSeverityLevel: 4 });
        const labels = type === 'int64' ? BigInt64Array.from(targets, BigInt) : Float32Array.from(targets);
        const { value, grad } = await session.run({
          logits: new ort.Tensor('float32', Float32Array.from(logits), shape),
          targets: new ort.Tensor(type, labels, [targets.length]),
        });
        const truth = core.reference(loss).valueAndGrad(Float32Array.from(logits), targets, { shape });
        const off = [value.data[0] / truth.value - 1, ...Array.from(truth.grad, (g, i) => grad.data[i] / g - 1)];
        if (!off.every((one) => Math.abs(one) < 1e-6)) throw new Error('off by ' + Math.max(...off.map(Math.abs)));
      }
      found[opset] = 'yes';
    } catch (error) {
      found[opset] = /off by/.test(error.message) ? error.message : 'no';
    }
  }
  try {
    const run = await compile(core.sigmoidFocal(), { runtime: ort });
    const value = await run.value(new Float32Array(logits), [1, 0, 0, 1, 0, 0]);
    const truth = core.reference(core.sigmoidFocal()).value(Float32Array.from(logits), [1, 0, 0, 1, 0, 0]);
    found.compile = Math.abs(value / truth - 1) < 1e-6 ? 'yes' : 'no';
  } catch (error) {
    found.compile = String(error.message).slice(0, 80);
  }
  console.log(JSON.stringify(found));
})();
`;

const versions = process.argv.slice(2);
const head = ['onnxruntime-node', ...OPSETS.map(String), '`compile`'];
console.log(`| ${head.join(' | ')} |\n| ${head.map(() => '---').join(' | ')} |`);
for (const version of versions) {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-ort-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--silent'];
    execFileSync('npm', ['install', ...quiet, `onnxruntime-node@${version}`], { cwd: folder });
    writeFileSync(join(folder, 'try.cjs'), program(OPSETS));
    const said = execFileSync(process.execPath, ['try.cjs'], { cwd: folder, encoding: 'utf8' });
    const found = JSON.parse(said.trim().split('\n').at(-1) ?? '{}');
    console.log(`| ${version} | ${[...OPSETS, 'compile'].map((key) => found[key]).join(' | ')} |`);
  } catch (error) {
    console.log(`| ${version} | not run: ${String((error as Error).message).split('\n')[0]} |`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
