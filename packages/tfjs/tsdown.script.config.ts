import { defineConfig } from 'tsdown';

/** A script for pages without modules: everything in one file, but TensorFlow.js, which such a page has as `tf`. */
export default defineConfig({
  entry: { 'focal-loss': 'src/script.ts' },
  format: 'iife',
  globalName: 'focalLoss',
  platform: 'browser',
  target: 'es2022',
  dts: false,
  clean: false,
  minify: true,
  deps: { alwaysBundle: [/^@focal-loss\//] },
  outputOptions: { entryFileNames: '[name].min.js', exports: 'default', globals: { '@tensorflow/tfjs-core': 'tf' } },
});
