import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { starter } from '../src/cli/starter.ts';
import { allowances } from '../src/index.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const snippets = Array.from(readme.matchAll(/```[jt]s\n(.*?)```/gs), ([, code]) => code);
const using = (name: string) => snippets.find((code) => code.includes(`from '${name}'`)) ?? '';

// Beside this file, where the packages it imports can be found.
const folder = mkdtempSync(join(import.meta.dirname, 'readme-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'my-backend.js'), snippets[0]);

function run(name: string, code: string, command: string, ...args: string[]) {
  writeFileSync(join(folder, name), code);
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

it('the example backend has at most 15 lines, is what init writes, and passes', { timeout: 300_000 }, () => {
  expect(snippets[0].trim().split('\n').length).toBeLessThanOrEqual(15);
  expect(snippets[0]).toBe(starter);
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'dist/cli.js'), 'my-backend.js', '--quiet', '--shard', '1/12'],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  expect(stdout).toMatch(/^mine .* 1000000 +passes$/m);
  expect(status).toBe(0);
});

it('the snippet for vitest runs under vitest', () => {
  const vitest = join(root, '../node_modules/vitest/vitest.mjs');
  const code = using('@focal-loss/conformance/vitest');
  writeFileSync(join(folder, 'vitest.config.js'), "export default { test: { include: ['*.spec.ts'] } };");
  const printed = run('snippet.spec.ts', code, process.execPath, vitest, 'run', '--root', folder, '-t', 'alpha');
  expect(printed).toMatch(/passed/);
});

it('the snippet for node:test runs under node --test', () => {
  const printed = run(
    'snippet.mjs',
    using('@focal-loss/conformance/node-test'),
    process.execPath,
    '--test',
    '--test-name-pattern=alpha',
    'snippet.mjs',
  );
  expect(printed).toMatch(/ok \d+ - alpha: /);
  expect(printed).toMatch(/# fail 0\n/);
});

it('the snippet for programs prints a verdict', () => {
  const code = snippets.find((code) => code.includes('runConformance')) ?? '';
  expect(run('program.mjs', code, process.execPath, 'program.mjs')).toBe('passes\n');
});

it('prints the allowances there are', () => {
  const power = (cell: string) => (cell === '2⁻⁹' ? 2 ** -9 : Number(cell));
  for (const [dtype, { cpu, gpu, composed }] of Object.entries(allowances)) {
    const row = readme.match(new RegExp(`\\| ${dtype} \\|(.*)\\|`))?.[1] ?? '';
    expect(row.split('|').map((cell) => power(cell.trim()))).toEqual([cpu, gpu, composed]);
  }
});

it.each(['README.md', 'PROCESS.md', 'PYTHON.md', 'CLAUSES.md'])('%s links to what exists', (name) => {
  const text = readFileSync(join(root, name), 'utf8');
  const links = Array.from(text.matchAll(/\]\((?!https?:)([^)]+)/g), ([, link]) => link);
  const anchors = (file: string) =>
    Array.from(readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm), ([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
  for (const link of links) {
    const [path, anchor] = link.split('#');
    const file = path === '' ? join(root, name) : join(root, path);
    expect(existsSync(file), link).toBe(true);
    if (anchor !== undefined) expect(anchors(file), link).toContain(anchor);
  }
});
