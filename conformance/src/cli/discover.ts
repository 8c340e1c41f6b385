import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Backend } from '../backend.ts';
import { messageOf } from '../messageOf.ts';
import type { AnyBackend, RemoteBackend } from '../remote.ts';
import type { NotLoaded } from '../report.ts';
import { importFile } from './importFile.ts';

/** The backends of a file, under the name the user would type. */
export interface Loaded {
  readonly file: string;
  readonly backends: readonly AnyBackend[];
}

/** Loads the backends that files export by default, one or an array each. */
export async function loadBackends(files: readonly string[]): Promise<{ loaded: Loaded[]; notLoaded: NotLoaded[] }> {
  const loaded: Loaded[] = [];
  const notLoaded: NotLoaded[] = [];
  for (const file of files) {
    try {
      const { default: exported } = await importFile(resolve(file));
      const backends = Array.isArray(exported) ? exported : [exported];
      if (!backends.every(isBackend)) throw new Error('its default export is neither a backend nor an array of them');
      loaded.push({ file, backends });
    } catch (error) {
      notLoaded.push({ file, reason: messageOf(error) });
    }
  }
  return { loaded, notLoaded };
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
