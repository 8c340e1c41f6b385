/** The playground's program, bundled by vite: what every reader loads, and a file for each adapter that is chosen. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { docs, type Package, root } from './packages.ts';

const source = join(docs, 'site/playground');

/** The adapters that have a plug and are built, by the names of their folders. */
export const playable = (all: readonly Package[]): Package[] =>
  all.filter(({ key, built }) => built && existsSync(join(source, 'adapters', `${key}.ts`)));

/** Bundles the playground into `out`, and puts the golden vectors beside it, and what adapters weigh. */
export async function playground(out: string, all: readonly Package[]): Promise<void> {
  const keys = playable(all).map(({ key }) => key);
  await bundle(source, out, {
    // Entries, so that the page knows their names: what failed to load can be asked for by another address.
    input: {
      main: join(source, 'main.ts'),
      conformance: join(source, 'conformance.ts'),
      benchmark: join(source, 'benchmark.ts'),
      ...Object.fromEntries(keys.map((key) => [key, join(source, 'adapters', `${key}.ts`)])),
    },
    preserveEntrySignatures: 'allow-extension',
    output: {
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
      assetFileNames: '[name]-[hash][extname]',
      // Nothing but the first load is shared: a browser never asks again for a part that failed once.
      codeSplitting: { groups: [{ name: 'shared', minShareCount: 2 }] },
    },
  });
  const vectors = join(root, 'packages/core/vectors');
  const names = (await readdir(vectors)).filter((name) => name.endsWith('.json') && name !== 'schema.json');
  await mkdir(join(out, 'vectors'), { recursive: true });
  for (const name of names) await cp(join(vectors, name), join(out, 'vectors', name));
  await writeFile(join(out, 'vectors/index.json'), JSON.stringify(names));
  await writeFile(join(out, 'sizes.json'), JSON.stringify(sizes(out, keys, await readdir(out))));
}

/** How many bytes each adapter loads when it is chosen. */
function sizes(out: string, keys: readonly string[], files: readonly string[]): Record<string, number> {
  /** A file with all that it names, and what those name. */
  const reached = (file: string, found = new Set<string>()): Set<string> => {
    found.add(file);
    const text = file.endsWith('.js') ? readFileSync(join(out, file), 'utf8') : '';
    for (const other of files)
      if (!found.has(other) && /\.\w+$/.test(other) && text.includes(other)) reached(other, found);
    return found;
  };
  const before = reached('main.js');
  return Object.fromEntries(
    keys.map((key) => {
      const own = [...reached(`${key}.js`)].filter((file) => !before.has(file));
      return [key, own.reduce((sum, file) => sum + statSync(join(out, file)).size, 0)];
    }),
  );
}
