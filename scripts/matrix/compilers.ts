/** Versions of TypeScript: each compiles every block of every README and guide, under all settings. */
import { join } from 'node:path';
import type { Cell } from './cell.ts';
import { install } from './project.ts';
import { within } from './runtimes.ts';
import { complaints, OLDEST, settings } from './typescript.ts';

const VERSIONS = [OLDEST, '5.9', '6', '7'];

export const compilers = (): Cell[] =>
  VERSIONS.map((version) => ({
    group: 'TypeScript',
    name: `TypeScript ${version}`,
    tried: 'all blocks; strict, nodenext and bundler, exactOptionalPropertyTypes on and off',
    run: () =>
      within('typescript', async (at) => {
        await install(at, `typescript@${version}`);
        const compiler = join(at.folder, 'node_modules/typescript');
        for (const one of settings) {
          const found = complaints(compiler, one);
          if (found.length > 0) throw new Error(`${JSON.stringify(one)}: ${found.slice(0, 3).join('; ')}`);
        }
        return `nothing to complain about under ${settings.length} settings`;
      }),
  }));
