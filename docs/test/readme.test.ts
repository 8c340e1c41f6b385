import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { rows } from '../examples/real-input/shares.ts';
import { table } from '../readme/table.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
// Inside the workspace, so that snippets find the packages as a user's project would.
const scratch = join(root, 'docs', '.snippets');
mkdirSync(scratch, { recursive: true });
afterAll(() => rmSync(scratch, { recursive: true }));

// The README of conformance has a test of its own, in its package: its snippets are files of a user's project.
const readmes = ['.', 'docs', ...readdirSync(join(root, 'packages')).map((name) => join('packages', name))]
  .map((folder) => join(folder, 'README.md'))
  .filter((path) => existsSync(join(root, path)));

/** What the comments behind a snippet's console.log calls say is printed. */
const promised = (code: string) =>
  Array.from(code.matchAll(/^console\.log\(.*\);(?: \/\/ |\n\/\/ )(.*)$/gm), ([, said]) => said);

describe.each(readmes)('%s', (path) => {
  const text = readFileSync(join(root, path), 'utf8');
  const snippets = Array.from(text.matchAll(/```ts\n([\s\S]*?)```/g), ([, code]) => code);

  it.each(snippets.map((code, i) => [i + 1, code] as const))('snippet %i runs and prints what it says', (i, code) => {
    const file = join(scratch, `${path.replaceAll('/', '-')}-${i}.ts`);
    writeFileSync(file, code);
    const printed = execFileSync('npx', ['tsx', file], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
    for (const line of promised(code)) expect(printed).toContain(line);
  });

  it('links to files that exist', () => {
    const links = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, link]) => link);
    expect(links.filter((link) => !existsSync(join(root, dirname(path), link)))).toEqual([]);
  });
});

describe('generated sections of the README', () => {
  const text = readFileSync(join(root, 'README.md'), 'utf8');

  it('the table of the real input is the one its example prints', () => {
    expect(text).toContain(table(rows));
  });

  it('every conformance backend of the repository has a row', async () => {
    for (const name of readdirSync(join(root, 'packages'))) {
      const file = join(root, 'packages', name, 'conformance.js');
      if (!existsSync(file)) continue;
      const { default: backends } = await import(file);
      for (const { name: backend } of [backends].flat()) expect(text).toContain(`| ${backend} `);
    }
  });
});
