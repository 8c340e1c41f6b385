import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Backend } from '../backend.ts';
import type { AnyBackend, RemoteBackend } from '../remote.ts';
import { importFile } from './importFile.ts';

/**
 * The backends that a file exports by default, one or an array.
 *
 * @throws if it cannot be imported, or exports something else.
 */
export async function backendsOf(file: string): Promise<AnyBackend[]> {
  const { default: exported } = await importFile(resolve(file));
  const backends = Array.isArray(exported) ? exported : [exported];
  if (backends.every(isBackend)) return backends;
  throw new Error('its default export is neither a backend nor an array of them');
}

const isBackend = (value: Partial<Backend & RemoteBackend> | undefined): value is AnyBackend =>
  typeof value?.name === 'string' &&
  typeof value.dtype === 'string' &&
  [value.evaluate, value.run].some((answer) => typeof answer === 'function');

/**
 * The files `packages/<name>/conformance.js` of the repository around `from`.
 *
 * @throws if there is none.
 */
export async function repositoryFiles(from: string): Promise<string[]> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const packages = join(folder, 'packages');
    const names = existsSync(packages) ? (await readdir(packages)).sort() : [];
    const files = names.map((name) => join(packages, name, 'conformance.js')).filter((file) => existsSync(file));
    if (files.length > 0) return files.map((file) => `./${relative(from, file)}`);
    if (folder === dirname(folder)) throw new Error(`no packages/*/conformance.js in ${resolve(from)} or above`);
  }
}
