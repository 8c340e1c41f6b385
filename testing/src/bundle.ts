import { fileURLToPath } from 'node:url';

/** The files of a page: path from its root → content. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

const ENTRY = 'virtual:page';

/**
 * Bundles modules (JavaScript or TypeScript, workers and all) into a page that has their exports in `globalThis.exports`.
 */
export async function bundle(modules: readonly URL[]): Promise<Files> {
  const imports = modules.map((module, i) => `import * as m${i} from ${JSON.stringify(fileURLToPath(module))};`);
  const program = `${imports.join('\n')}\nglobalThis.exports = { ${modules.map((_, i) => `...m${i}`)} };`;
  const { build } = await import('vite');
  const output = await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('.', modules[0])),
    publicDir: false,
    base: './',
    plugins: [
      {
        name: 'focal-loss-page',
        resolveId: (id: string) => (id === ENTRY ? `\0${ENTRY}` : undefined),
        load: (id: string) => (id === `\0${ENTRY}` ? program : undefined),
      },
    ],
    worker: { format: 'es' },
    build: {
      write: false,
      target: 'esnext',
      minify: false,
      modulePreload: false,
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      rollupOptions: { input: ENTRY, output: { entryFileNames: 'page.js' } },
    },
  });
  const files = new Map<string, string | Uint8Array>();
  if (!('output' in output)) throw new Error('vite wrote no bundle');
  for (const file of output.output) files.set(file.fileName, file.type === 'chunk' ? file.code : file.source);
  const script =
    '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="page.js"></script>';
  return files.set('index.html', script);
}
