import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'tsdown';

const withTypes = process.env.FOCAL_LOSS_WITHOUT_TYPES === undefined;

/**
 * The maps of declarations lead editors to the sources, which are packed beside them. Those of JavaScript come with them: what
 * is built is as readable as what it was built from, and they would be half of a package.
 */
function dropScriptMaps(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (name.endsWith('.js.map')) rmSync(file);
    if (name.endsWith('.js')) {
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, ''));
    }
  }
}

/**
 * Every package is built the same way: ESM with one declaration file beside it. `npm start` leaves the declarations out,
 * which take most of the time.
 */
export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  platform: 'neutral',
  dts: withTypes && { sourcemap: true },
  clean: true,
  outExtensions: () => ({ js: '.js', dts: '.d.ts' }),
  hooks: { 'build:done': ({ options }) => dropScriptMaps(options.outDir) },
});
