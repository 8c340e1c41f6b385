/** Runtimes, each from its package on npm, with the tarballs installed as a user installs them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Cell, NotHere } from './cell.ts';
import { judged, PRINTS, printed, probe } from './probe.ts';
import { install, type Project, project } from './project.ts';

const here = `${process.platform}-${process.arch}`;

/** Installs a package that has a runtime's binary, without scripts, and gives its path. */
async function binary(into: Project, name: string, path: string): Promise<string> {
  await install(into, name).catch((error) => {
    throw new NotHere(`${name} cannot be installed on ${here}: ${String(error.message).slice(-200)}`);
  });
  const file = join(into.folder, 'node_modules', name.replace(/(?<=.)@[^/]*$/, ''), path);
  if (!existsSync(file)) throw new NotHere(`${name} has no ${path}`);
  return file;
}

/** A project of its own for a cell, gone afterwards. */
export async function within<T>(name: string, work: (at: Project) => Promise<T>, manifest?: object): Promise<T> {
  const at = project(name, manifest);
  try {
    return await work(at);
  } finally {
    at.remove();
  }
}

const REQUIRES = `
const { sigmoidFocal } = require('@focal-loss/core');
const { compile } = require('@focal-loss/typed-array');
for (const name of NAMES) if (Object.keys(require(name)).length === 0) throw new Error(name + ' exports nothing');
console.log('REQUIRED', compile(sigmoidFocal()).value([0], [1]));
`;

/** Entries that need nothing but our own packages. */
const REQUIRED = [
  'core',
  'onnx',
  'onnxruntime',
  'shader',
  'sql',
  'typed-array',
  'typed-array/parallel',
  'webgpu',
  'webgpu/wgsl',
];

const node = (version: string, tarballs: readonly string[]): Cell[] => [
  {
    group: 'runtime',
    name: `Node.js ${version}`,
    tried: 'import, worker threads',
    run: () =>
      within('node', async (at) => {
        await install(at, ...tarballs);
        const bin = await binary(at, `node-${here}@${version}`, 'bin/node');
        at.write({ 'probe.js': probe(), 'main.js': PRINTS });
        const found = printed(await at.must(bin, ['main.js']));
        return `${judged(found)} (${(await at.must(bin, ['--version'])).trim()})`;
      }),
  },
  {
    group: 'runtime',
    name: `Node.js ${version}`,
    tried: 'require, from CommonJS',
    run: () =>
      within('require', async (at) => {
        await install(at, ...tarballs);
        const bin = await binary(at, `node-${here}@${version}`, 'bin/node');
        at.write({
          'main.cjs': REQUIRES.replace('NAMES', JSON.stringify(REQUIRED.map((name) => `@focal-loss/${name}`))),
        });
        const out = await at.must(bin, ['main.cjs']);
        if (!/REQUIRED 0\.1732/.test(out)) throw new Error(out);
        return `all of ${REQUIRED.length} entries`;
      }),
  },
];

/** Another runtime that runs a program of modules. */
const other = (
  name: string,
  pkg: string,
  path: string,
  args: readonly string[],
  tarballs: readonly string[],
): Cell => ({
  group: 'runtime',
  name,
  tried: 'import, worker threads',
  run: () =>
    within(name.toLowerCase(), async (at) => {
      await install(at, ...tarballs);
      const bin = await binary(at, pkg, path);
      at.write({ 'probe.js': probe(), 'main.js': PRINTS });
      const found = printed(await at.must(bin, [...args, 'main.js'], { DENO_DIR: join(at.folder, '.deno') }));
      const [version] = /\d+\.\d+\.\d+/.exec(await at.must(bin, ['--version'])) ?? [];
      return `${judged(found)} (${version})`;
    }),
});

/** Cloudflare's runtime: no WebAssembly from bytes, no workers of its own. */
const workerd = (tarballs: readonly string[]): Cell => ({
  group: 'runtime',
  name: 'workerd',
  tried: 'bundled by esbuild, in miniflare',
  run: () =>
    within('workerd', async (at) => {
      await install(at, ...tarballs, 'miniflare@4', 'esbuild');
      at.write({
        'probe.js': probe(),
        'worker.js':
          "import { probe } from './probe.js';\nexport default { fetch: async () => Response.json(await probe()) };\n",
        'main.js': `
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
await build({ entryPoints: ['worker.js'], bundle: true, format: 'esm', outfile: 'bundle.js' });
const flare = new Miniflare({ modules: true, scriptPath: 'bundle.js', compatibilityDate: '2025-01-01', host: '127.0.0.1' });
console.log('FOUND ' + (await (await flare.dispatchFetch('http://127.0.0.1/')).text()));
await flare.dispose();`,
      });
      return judged(printed(await at.must(process.execPath, ['main.js'])));
    }),
});

export const runtimes = (tarballs: readonly string[]): Cell[] => [
  ...['20', '22', '24', '26'].flatMap((version) => node(version, tarballs)),
  other('Bun', `@oven/bun-${here}`, 'bin/bun', ['run'], tarballs),
  other(
    'Deno',
    `@deno/${here}${process.platform === 'linux' ? '-glibc' : ''}`,
    'deno',
    ['run', '-A', '--node-modules-dir=manual'],
    tarballs,
  ),
  workerd(tarballs),
];
