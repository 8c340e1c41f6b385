/**
 * The oldest TypeScript that is said to do does: it takes the declarations of every entry, with `skipLibCheck: false`. Every block
 * of every README, under all settings and versions, is a part of `npm run matrix`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compile, OLDEST } from '../../scripts/matrix/typescript.ts';
import { docs, packages } from '../site/packages.ts';

const oldest = join(dirname(createRequire(import.meta.url).resolve('typescript-oldest')), '..');
const folder = join(docs, '.snippets-oldest');
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

// The suite's bindings stand on vitest, whose own declarations want a younger compiler.
const entries = packages()
  .filter(({ key }) => key !== 'conformance')
  .flatMap(({ name, manifest }) =>
    Object.entries(manifest.exports)
      .filter(([, target]) => String(target).endsWith('.js'))
      .map(([subpath]) => name + subpath.slice(1)),
  );

const check = (code: string): string[] => {
  writeFileSync(join(folder, 'all.ts'), code);
  const compilerOptions = {
    ...{ target: 'es2022', module: 'nodenext', moduleResolution: 'nodenext', lib: ['es2023', 'dom'] },
    ...{ types: ['node', '@webgpu/types'], strict: true, skipLibCheck: false, noEmit: true },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['all.ts'] }));
  return compile(oldest, folder);
};

it('is the version that is declared', () => {
  const { version } = JSON.parse(readFileSync(join(oldest, 'package.json'), 'utf8'));
  expect(version.startsWith(`${OLDEST}.`)).toBe(true);
});

it('every entry of every package, and an error that has to be found', () => {
  const imports = entries.map((entry, i) => `import * as m${i} from '${entry}';`);
  const wrong = "import { sigmoidFocal } from '@focal-loss/core';\nsigmoidFocal({ gama: 2 });";
  const all = `export const all = [${entries.map((_, i) => `m${i}`)}];`;
  const complaints = check([...imports, all, wrong].join('\n'));
  expect(complaints).toEqual([expect.stringMatching(/^all\.ts.*'gama' does not exist in type 'SigmoidFocalOptions/)]);
});
