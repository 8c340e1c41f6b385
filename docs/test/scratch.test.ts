/**
 * "A new loss touches core only": a member with three parameters and separate labels is added to a copy of the workspace,
 * by two new files of core and a line in three others. Then every adapter computes it as it was built, and the suite has its laws.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Report, ReportFile } from '@focal-loss/conformance';
import { vulkanEnvironment } from '@focal-loss/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { table } from '../readme/table.ts';
import { copyWorkspace } from './scratch/workspace.ts';

const asset = (name: string) => readFileSync(join(import.meta.dirname, 'scratch', name), 'utf8');
const workspace = copyWorkspace();
afterAll(workspace.remove);

/** Relaxed SIMD is behind a flag in Node.js 20, and needs none in what is younger. */
const flags = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];

/** Runs a command of the copy in one of its folders. */
async function run(folder: string, command: string, ...args: readonly string[]): Promise<void> {
  const cwd = join(workspace.folder, folder);
  const file = command === 'node' ? process.execPath : join(workspace.folder, 'node_modules/.bin', command);
  await promisify(execFile)(file, args, { cwd, env: { ...process.env, ...vulkanEnvironment() } });
}

function addMember(): void {
  const core = 'packages/core';
  const formulas = `${core}/src/formulas/index.ts`;
  workspace.write(`${core}/src/formulas/scratch.ts`, asset('formula.ts.txt'));
  workspace.insert(formulas, { before: '\nexport {' }, "import { scratch } from './scratch.ts';\n");
  workspace.insert(formulas, { after: '\nexport {' }, ' scratch,');
  workspace.insert(formulas, { before: '] as readonly Member[]' }, '  scratch,\n');
  const factories = `${core}/src/factories.ts`;
  workspace.insert(
    factories,
    { before: "import { factory } from './loss.ts';\n" },
    "import { scratch } from './formulas/scratch.ts';\n",
  );
  const made = ['sigmoid', 'softmax'].map(
    (link) => `export const ${link}Scratch = factory(scratch, '${link}', '${link}Scratch');\n`,
  );
  workspace.write(factories, `${readFileSync(join(workspace.folder, factories), 'utf8')}\n${made.join('')}`);
  const textbook = `${core}/oracle/textbook/index.ts`;
  workspace.write(`${core}/oracle/textbook/scratch.ts`, asset('textbook.ts.txt'));
  workspace.insert(textbook, { before: '\n/**' }, "import { scratch } from './scratch.ts';\n");
  workspace.insert(textbook, { before: '\n};' }, '\n  scratch,');
}

/** What the suite says of the member, for every backend of a package that needs no browser. */
async function ask(path: string): Promise<readonly Report[]> {
  const out = join(workspace.folder, `${path.replaceAll('/', '-')}.json`);
  await run('.', 'node', ...flags, 'ask.js', join(workspace.folder, path, 'conformance.js'), '*Scratch*', out);
  const { reports }: ReportFile = JSON.parse(readFileSync(out, 'utf8'));
  return reports;
}

/** The adapters, and core. */
const adapters = readdirSync(join(workspace.folder, 'packages'))
  .map((name) => `packages/${name}`)
  .filter((path) => existsSync(join(workspace.folder, path, 'conformance.js')));
let reports: readonly Report[] = [];

// Core alone is built anew: no other package has anything of a formula in what is built of it.
beforeAll(async () => {
  addMember();
  workspace.write('ask.js', asset('ask.js.txt'));
  await run('packages/core', 'tsdown', '--no-dts');
  await run('packages/core', 'tsx', 'oracle/write.ts', '--new');
  const all: Report[] = [];
  const queue = [...adapters];
  const work = async () => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) all.push(...(await ask(path)));
  };
  await Promise.all([work(), work()]);
  reports = all.sort((a, b) => a.backend.name.localeCompare(b.backend.name));
}, 600_000);

const short = (error: number | undefined) => (error === undefined ? '' : Number(error).toExponential(1));

it('every backend computes the scratch member to what it promises', () => {
  const rows = reports.map(({ backend, verdict, reason, checks, failed, worst, allowance }) => ({
    backend: backend.name,
    checks: String(checks),
    failed: String(failed),
    'worst value': short(worst.value?.error),
    'worst gradient': short(worst.grad?.error),
    allowed: short(allowance),
    verdict: reason === undefined ? verdict : `${verdict}: ${reason.split('\n')[0]}`,
  }));
  console.log(table(rows));
  expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
  const passed = reports.filter(({ verdict }) => verdict === 'passes').map(({ backend }) => backend.name);
  for (const path of adapters)
    expect(
      passed.some((name) => name.startsWith(path.split('/')[1])),
      path,
    ).toBe(true);
  expect(passed).toContain('typed-array float32 simd');
  expect(passed).toContain('typed-array float32');
  for (const { checks, verdict, backend } of reports) {
    if (verdict === 'passes') expect(checks, backend.name).toBeGreaterThan(backend.name.startsWith('core') ? 60 : 5);
  }
});

it('it has laws of its own: those of separate labels, and not those of labels alike', () => {
  const { clauses = [] } = reports.find(({ backend }) => backend.name.startsWith('core')) ?? {};
  const ids = clauses.filter(({ checks }) => checks > 0).map(({ id }) => id);
  for (const id of [
    'values.saturated',
    'soft-labels',
    'softmax.80',
    'hard-examples.gradient',
    'laws.two-classes',
    'laws.gradient',
    'laws.weights',
  ]) {
    expect(ids).toContain(id);
  }
  for (const id of ['laws.flip', 'laws.gamma-zero', 'laws.alpha']) expect(ids).not.toContain(id);
});

it('no file outside core was changed', () => {
  const changed = workspace.changed().filter((file) => !file.startsWith('packages/core/vectors/'));
  expect(changed.sort()).toEqual([
    'packages/core/oracle/textbook/index.ts',
    'packages/core/oracle/textbook/scratch.ts',
    'packages/core/src/factories.ts',
    'packages/core/src/formulas/index.ts',
    'packages/core/src/formulas/scratch.ts',
  ]);
});
