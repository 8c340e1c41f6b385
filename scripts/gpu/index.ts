/** `npm run gpu`: see run.ts. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vulkanEnvironment } from '@focal-loss/testing';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = fileURLToPath(new URL('run.ts', import.meta.url));
const args = process.argv.slice(2);
const packAt = args.indexOf('--pack');

if (packAt >= 0) await pack(resolve(args[packAt + 1] ?? 'gpu-kit'));
else {
  // A process of its own: where to look for Vulkan has to be said at its start.
  const env = { ...process.env, ...(args.includes('--software') ? vulkanEnvironment() : {}) };
  const { status } = spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), program, ...args], {
    env,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}

/** The program as one file, Dawn for this platform and the golden vectors. */
async function pack(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  await build({
    entryPoints: [program],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'run.mjs'),
    external: ['webgpu', 'onnxruntime-node', 'onnxruntime-web'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const platform = `${process.platform}-${process.arch}`;
  const dawn = join(root, 'node_modules/webgpu');
  cpSync(dawn, join(folder, 'node_modules/webgpu'), {
    recursive: true,
    filter: (path) => !path.startsWith(join(dawn, 'dist/')) || path.startsWith(join(dawn, 'dist', platform)),
  });
  cpSync(join(root, 'packages/core/vectors'), join(folder, 'vectors'), { recursive: true });
  const mebibytes = sizeOf(folder) / 2 ** 20;
  console.log(`${folder}: ${mebibytes.toFixed(1)} MiB. On the other machine: node ${join(folder, 'run.mjs')}`);
  if (mebibytes >= 64) throw new Error('64 MiB or more');
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
