/** The playground's program, bundled by vite: what every reader loads, and a chunk for each adapter that is chosen. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import { docs, type Package, root } from './packages.ts';

const source = join(docs, 'site/playground');

/** The adapters that have a plug and are built, by the names of their folders. */
export const playable = (all: readonly Package[]): Package[] =>
  all.filter(({ key, built }) => built && existsSync(join(source, 'adapters', `${key}.ts`)));

/** Bundles the playground into `out`, and puts the golden vectors beside it. */
export async function playground(out: string, all: readonly Package[]): Promise<void> {
  const keys = playable(all).map(({ key }) => key);
  await build({
    configFile: false,
    logLevel: 'error',
    root: source,
    publicDir: false,
    base: './',
    plugins: [adapters(keys)],
    worker: { format: 'es' },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: false,
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      rollupOptions: {
        input: join(source, 'main.ts'),
        output: {
          entryFileNames: 'main.js',
          chunkFileNames: '[name]-[hash].js',
          assetFileNames: '[name]-[hash][extname]',
        },
      },
    },
  });
  const vectors = join(root, 'packages/core/vectors');
  const names = (await readdir(vectors)).filter((name) => name.endsWith('.json') && name !== 'schema.json');
  await mkdir(join(out, 'vectors'), { recursive: true });
  for (const name of names) await cp(join(vectors, name), join(out, 'vectors', name));
  await writeFile(join(out, 'vectors/index.json'), JSON.stringify(names));
}

/** The list of adapters as a module: each is fetched when it is chosen, and not before. */
function adapters(keys: readonly string[]): Plugin {
  const id = 'virtual:adapters';
  const entries = keys.map(
    (key) => `${JSON.stringify(key)}: () => import(${JSON.stringify(join(source, 'adapters', `${key}.ts`))})`,
  );
  return {
    name: 'focal-loss-adapters',
    resolveId: (name) => (name === id ? `\0${id}` : undefined),
    load: (name) => (name === `\0${id}` ? `export default { ${entries.join(',\n')} };` : undefined),
  };
}
