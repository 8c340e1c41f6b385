/**
 * What an import adds to a page: minified and gzipped, by esbuild, without what is installed beside (TensorFlow.js, ONNX
 * Runtime). The table goes into docs/guides/matrix.md.
 *
 *     npm run bundles
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { replaceSection } from '@focal-loss/testing/figures';
import { table } from '../docs/readme/table.ts';
import { docs, root } from '../docs/site/packages.ts';

const require = createRequire(join(root, 'packages/typed-array/package.json'));
const { build } = require('esbuild') as typeof import('esbuild');

const one = "import { sigmoidFocal } from '@focal-loss/core';";
const compiled = (entry: string) =>
  `${one} import { compile } from '@focal-loss/${entry}'; globalThis.it = compile(sigmoidFocal());`;

/** Programs by what they import. */
export const programs = {
  'core: one error class': "import { FocalLossError } from '@focal-loss/core'; globalThis.it = FocalLossError;",
  'core: one loss': `${one} globalThis.it = sigmoidFocal();`,
  'core: one loss and the reference': `${one} import { reference } from '@focal-loss/core'; globalThis.it = reference(sigmoidFocal());`,
  'core: everything': "import * as core from '@focal-loss/core'; globalThis.it = core;",
  'typed-array: compile, one loss': compiled('typed-array'),
  'typed-array/parallel: compile, one loss': compiled('typed-array/parallel'),
  'tfjs/host: compile, one loss': compiled('tfjs/host'),
  'tfjs: compile, one loss': compiled('tfjs'),
  'webgpu: compile, one loss': compiled('webgpu'),
  'onnxruntime: compile, one loss': compiled('onnxruntime'),
  'sql: expression, one loss': `${one} import { expression } from '@focal-loss/sql'; globalThis.it = expression(sigmoidFocal(), { logits: 'x', targets: 'y' });`,
} as const;

/** Bytes of a program that esbuild bundles for the web, and what of it is there. */
export async function bundled(program: string): Promise<{ minified: number; gzipped: number; code: string }> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: docs },
    ...{ bundle: true, format: 'esm', platform: 'browser', minify: true, write: false, logLevel: 'silent' },
    external: ['@tensorflow/*', 'onnxruntime-*'],
  });
  const [{ contents, text }] = outputFiles;
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length, code: text };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1);
  const rows: Record<string, string>[] = [];
  for (const [name, program] of Object.entries(programs)) {
    const { minified, gzipped } = await bundled(program);
    rows.push({ import: name, 'minified, kB': kilobytes(minified), 'gzipped, kB': kilobytes(gzipped) });
  }
  const page = join(docs, 'guides/matrix.md');
  writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), 'bundles', table(rows)));
  console.log(table(rows));
}
