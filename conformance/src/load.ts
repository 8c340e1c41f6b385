import { parseVectors, type VectorFile } from './vectors.ts';

/**
 * Reads every file of vectors that core ships. The one part of the runner that needs Node: elsewhere, hand the files to
 * `runConformance` as its option `vectors`.
 */
export async function loadVectors(): Promise<VectorFile[]> {
  const [{ createRequire }, { readdir, readFile }, { dirname, join }] = await Promise.all([
    import('node:module'),
    import('node:fs/promises'),
    import('node:path'),
  ]);
  // Not import.meta.resolve: test runners that transform modules leave it out.
  const core = dirname(createRequire(import.meta.url).resolve('@focal-loss/core/package.json'));
  const folder = join(core, 'vectors');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json') && name !== 'schema.json').sort();
  return Promise.all(names.map(async (name) => parseVectors(await readFile(join(folder, name), 'utf8'))));
}
