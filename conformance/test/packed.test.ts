import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { starter } from '../src/cli/starter.ts';

const root = join(import.meta.dirname, '../..');
// Outside the repository, where nothing but what was installed can be found.
const folder = mkdtempSync(join(tmpdir(), 'focal-packed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (command: string, args: readonly string[], cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const node = (...args: string[]) => run(process.execPath, args);

/** The repository's own compiler and test runner stand in for the user's. */
const tool = (name: string) => symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));

beforeAll(() => {
  const folders = [
    ...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name)),
    join(root, 'conformance'),
  ];
  const tarballs = folders
    .filter((path) => existsSync(join(path, 'package.json')))
    .map((path) => JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], path))[0].filename);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--omit=peer'];
  run('npm', [...install, ...tarballs.map((name) => `./${name}`)]);
  for (const name of ['typescript', 'vitest', 'tsx']) tool(name);
  writeFileSync(join(folder, 'backend.js'), starter);
  writeFileSync(join(folder, 'typed.ts'), starter);
}, 120_000);

/** Each way into the suite, as a user's file. */
const entrances = {
  'program.js': `import { conformanceReport } from '@focal-loss/conformance';
import backend from './backend.js';
console.log((await conformanceReport(backend, { clauses: ['alpha'] })).verdict);
`,
  'vitest.spec.js': `import { conformance } from '@focal-loss/conformance/vitest';
import backend from './backend.js';
conformance(backend);
`,
  'node-test.js': `import { conformance } from '@focal-loss/conformance/node-test';
import backend from './backend.js';
conformance(backend);
`,
};

describe('packed, and installed into an empty folder', () => {
  it('the command runs, for JavaScript and TypeScript', () => {
    for (const file of ['./backend.js', './typed.ts']) {
      const printed = node('node_modules/.bin/focal-conformance', file, '--clause', 'alpha', '--quiet');
      expect(printed).toMatch(/^mine +float64 .* passes/m);
    }
    node('node_modules/.bin/focal-conformance', 'init', './started.js');
    expect(node('node_modules/.bin/focal-conformance', './started.js', '--clause', 'alpha')).toMatch(/ passes/);
  });

  it('a program, vitest and node:test run it', () => {
    for (const [name, code] of Object.entries(entrances)) writeFileSync(join(folder, name), code);
    expect(node('program.js')).toBe('passes\n');
    expect(node('node_modules/vitest/vitest.mjs', 'run', 'vitest.spec.js', '-t', 'alpha')).toMatch(/1 passed/);
    expect(node('--test', '--test-name-pattern=alpha', 'node-test.js')).toMatch(/# fail 0\n/);
  });

  it.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])('TypeScript finds all types with moduleResolution %s', (moduleResolution, module) => {
    for (const [name, code] of Object.entries(entrances)) writeFileSync(join(folder, name.replace(/js$/, 'ts')), code);
    writeFileSync(join(folder, 'backend.ts'), starter);
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--skipLibCheck', '--ignoreConfig'];
    const files = ['program.ts', 'vitest.spec.ts', 'node-test.ts', 'backend.ts'];
    const args = [...options, '--module', module, '--moduleResolution', moduleResolution, ...files];
    const { stdout, status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
  });
});
