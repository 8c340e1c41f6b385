import { type BuildOptions, build } from 'vite';

/** Bundles a folder of programs for pages into `out`: whatever the page's address is, and for browsers of today. */
export const bundle = (source: string, out: string, rolldownOptions: NonNullable<BuildOptions['rolldownOptions']>) =>
  build({
    configFile: false,
    logLevel: 'error',
    root: source,
    publicDir: false,
    base: './',
    worker: { format: 'es' },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: false,
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
      rolldownOptions,
    },
  });
