import { defineConfig } from 'tsdown';

/** Every package is built the same way: ESM with one declaration file beside it. */
export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  platform: 'neutral',
  dts: true,
  clean: true,
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
});
