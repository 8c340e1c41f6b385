/**
 * A TypeScript older than ours takes the declarations of every entry, with `skipLibCheck: false`: 5.6, which are-the-types-wrong
 * brings, and for which a typed array is not yet generic. The oldest, and every block of every README, are a part of
 * `npm run matrix`.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compile } from '../../scripts/matrix/typescript.ts';
import { docs, packages } from '../site/packages.ts';

const require = createRequire(createRequire(import.meta.url).resolve('@arethetypeswrong/core'));
const old = join(dirname(require.resolve('typescript')), '..');
const folder = join(docs, '.snippets-old');
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
  return compile(old, folder);
};

it('is one for which typed arrays are not generic', () => {
  const { version } = JSON.parse(readFileSync(join(old, 'package.json'), 'utf8'));
  expect(version).toMatch(/^5\.[4-6]\./);
});

it('every entry of every package, and an error that has to be found', () => {
  const imports = entries.map((entry, i) => `import * as m${i} from '${entry}';`);
  const wrong = "import { sigmoidFocal } from '@focal-loss/core';\nsigmoidFocal({ gama: 2 });";
  const all = `export const all = [${entries.map((_, i) => `m${i}`)}];`;
  const complaints = check([...imports, all, wrong].join('\n'));
  expect(complaints).toEqual([expect.stringMatching(/^all\.ts.*'gama' does not exist in type 'SigmoidFocalOptions/)]);
});
