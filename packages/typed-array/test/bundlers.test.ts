/** `/parallel` in bundlers for the web, by their defaults: they stopped at imports of Node's modules, or did not find the worker. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

// Within the package: what is imported is found as it is by a user.
const folder = mkdtempSync(join(import.meta.dirname, 'bundled-'));
afterAll(() => rmSync(folder, { recursive: true }));
const entry = join(folder, 'entry.js');
writeFileSync(entry, "import { compile } from '@focal-loss/typed-array/parallel';\nglobalThis.compile = compile;\n");

const require = createRequire(import.meta.url);

it('esbuild', async () => {
  const { build } = require('esbuild') as typeof import('esbuild');
  const { errors, warnings } = await build({
    ...{ entryPoints: [entry], bundle: true, format: 'esm', platform: 'browser' },
    ...{ outfile: join(folder, 'esbuild.js'), logLevel: 'silent' },
  });
  expect([...errors, ...warnings]).toEqual([]);
});

it('rolldown', async () => {
  const { rolldown } = await import('rolldown');
  const logs: string[] = [];
  const bundle = await rolldown({ input: entry, platform: 'browser', onLog: (_, { message }) => logs.push(message) });
  await bundle.write({ file: join(folder, 'rolldown.js') });
  await bundle.close();
  expect(logs).toEqual([]);
});

it('vite: the worker is bundled with what it imports, once', async () => {
  const { build } = await import('vite');
  const outDir = join(folder, 'vite');
  await build({
    ...{ root: folder, configFile: false, logLevel: 'silent' },
    build: { outDir, rollupOptions: { input: entry } },
  });
  const files = readdirSync(join(outDir, 'assets'));
  const workers = files.filter((file) => file.startsWith('worker'));
  expect(workers).toHaveLength(1);
  expect(readFileSync(join(outDir, 'assets', workers[0]), 'utf8')).not.toMatch(/^import .* from ["']\.?\/?@?focal/m);
});
