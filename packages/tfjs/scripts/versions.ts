/**
 * Runs the conformance suite on other versions of TensorFlow.js, from the packages as npm would publish them, in a folder of its own.
 *
 *     npm run versions -w @focal-loss/tfjs -- 4.10.0
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from '../../../scripts/pack.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const OURS = ['../../core', '../../onnx', '../../shader', '../../typed-array', '..', '../../../conformance'];

for (const version of process.argv.slice(2)) {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-tfjs-'));
  try {
    const files = OURS.map((own) => join(folder, pack(at(own), folder).file.split('/').at(-1) ?? ''));
    const theirs = ['core', 'layers', 'backend-cpu', 'backend-wasm'].map(
      (name) => `@tensorflow/tfjs-${name}@${version}`,
    );
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', ...files, ...theirs], { cwd: folder });
    copyFileSync(at('../test/backend.js'), join(folder, 'backend.js'));
    writeFileSync(
      join(folder, 'conformance.js'),
      `import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { backend } from './backend.js';

const composed = { fused: false, device: 'composed', supports: { badInput: 'nan' }, largest: 1e4 };
export default [backend('cpu', 'cpu'), backend('wasm', 'wasm'), backend('composed', 'cpu', composed)];
`,
    );
    console.log(`TensorFlow.js ${version}`);
    const { status } = spawnSync('npx', ['focal-conformance', 'conformance.js', '--quiet'], {
      cwd: folder,
      stdio: 'inherit',
    });
    if (status !== 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
