import { defineConfig } from 'tsdown';

/**
 * Every package is built the same way: ESM with one declaration file beside it. `npm start` leaves the declarations out,
 * which take most of the time.
 */
export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  platform: 'neutral',
  dts: process.env.FOCAL_LOSS_WITHOUT_TYPES === undefined,
  clean: true,
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
});
