/** Every block of code in a README or a guide is run, type-checked or looked over; a kind nobody knows is an error. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { vulkanEnvironment } from '@focal-loss/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docs, root } from '../site/packages.ts';
import { documents, type Fence, promised } from './snippets/documents.ts';
import { wrong } from './snippets/shell.ts';

// Inside the workspace, so that snippets find the packages as a user's project would.
const scratch = join(docs, '.snippets');
const fileOf = ({ path, index }: Fence) => join(scratch, `${path.replaceAll(/[/.]/g, '-')}-${index}.ts`);
const all = documents.flatMap(({ fences }) => fences);

// The README of conformance has a test of its own, in its package: its snippets are files of a user's project.
const own = (fence: Fence) => fence.path !== 'conformance/README.md';
const typed = all.filter((fence) => /^ts\b/.test(fence.info) && own(fence));
const run = typed.filter(({ info }) => info === 'ts');

/** Whether a test of the document's own package speaks of the document. */
function testedAtHome({ path }: Fence): boolean {
  const folder = join(root, dirname(path), 'test');
  if (!existsSync(folder)) return false;
  const name = path.split('/').at(-1) ?? '';
  return readdirSync(folder).some(
    (file) => /\.[jt]s$/.test(file) && readFileSync(join(folder, file), 'utf8').includes(name),
  );
}

/**
 * A document in which a whole suite is run has a tenth of it here, spread over all clauses; `FOCAL_LOSS_WHOLE=1` runs
 * it as it stands. The type-checker sees the share, too.
 */
const share = process.env.FOCAL_LOSS_WHOLE === undefined ? '{ shard: [1, 10] }' : '{}';
const shortened = (code: string) => code.replace('conformanceReport(mine)', `conformanceReport(mine, ${share})`);

/** The runtimes that a document sets up, for a whole process: documents with the same ones share it. */
const runtimesOf = (fences: readonly Fence[]) =>
  ['tensorflow|tfjs', 'onnxruntime', 'webgpu'].filter((name) =>
    fences.some(({ code }) => new RegExp(`['"](?:@focal-loss/|@)?(?:${name})\\b`).test(code)),
  );

let results: Record<string, { printed: string; error?: string }> = {};

beforeAll(async () => {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  // A module each, whether or not it imports anything.
  for (const fence of typed) writeFileSync(fileOf(fence), `${shortened(fence.code)}\nexport {};\n`);
  const env = { ...process.env, ...vulkanEnvironment() };
  const byRuntimes = new Map<string, string[]>();
  for (const { path } of documents) {
    const fences = run.filter((fence) => fence.path === path);
    const runtimes = runtimesOf(fences).join();
    byRuntimes.set(runtimes, [...(byRuntimes.get(runtimes) ?? []), ...fences.map(fileOf)]);
  }
  const batches = [...byRuntimes.values()];
  const runner = join(import.meta.dirname, 'snippets/run.ts');
  const work = async () => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      const args = ['--import', 'tsx', runner, ...batch];
      const options = { cwd: root, env, timeout: 180_000, maxBuffer: 2 ** 26 };
      const { stdout } = await promisify(execFile)(process.execPath, args, options).catch((error) => ({
        stdout: JSON.stringify(
          Object.fromEntries(
            batch.map((file) => [
              file,
              { printed: '', error: `${error} ${(error as { signal?: string }).signal ?? ''}` },
            ]),
          ),
        ),
      }));
      results = { ...results, ...JSON.parse(stdout.split('\n').at(-1) ?? '{}') };
    }
  };
  await Promise.all([work(), work()]);
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true }));

describe('ts', () => {
  it.each(run.map((fence) => [fence.path, fence.index, fence] as const))(
    '%s, block %i runs and prints what it says',
    (_path, _index, fence) => {
      const { printed, error } = results[fileOf(fence)];
      expect(error).toBeUndefined();
      for (const line of promised(fence.code)) expect(printed).toContain(line);
    },
  );

  it('all of them are type-checked, those for another place too', () => {
    const config = {
      extends: '../../tsconfig.base.json',
      compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, types: ['node', '@webgpu/types'] },
      include: ['*.ts'],
    };
    writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules/typescript-native/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', scratch], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

describe('sh', () => {
  const lines = all
    .filter(({ info }) => info === 'sh')
    .flatMap(({ path, code }) =>
      code
        .trim()
        // A command may go on in the next line.
        .replace(/ \\\n\s*/g, ' ')
        .split('\n')
        .map((line) => [path, line] as const),
    );
  it.each(lines)('%s: %s', (_path, line) => {
    expect(wrong(line)).toBeUndefined();
  });
});

it('a block of any other kind is output, or tested in the package it belongs to', () => {
  const known = all.filter(({ info }) => !/^(ts( .*)?|sh|text)?$/.test(info));
  expect(
    known.filter((fence) => !testedAtHome(fence)).map(({ path, index, info }) => `${path}, block ${index}: ${info}`),
  ).toEqual([]);
});

it('one block runs the whole suite for its reader, and a share of it here', () => {
  expect(typed.filter(({ code }) => shortened(code) !== code).map(({ path }) => path)).toEqual([
    'docs/guides/add-a-backend.md',
  ]);
});

it('a page that mentions a command that does not exist is found (npm run a script that was renamed)', () => {
  expect(wrong('npm run nothing-like-this')).toMatch(/no script/);
  expect(wrong('npm install @focal-loss/no-such')).toMatch(/nothing here/);
  expect(wrong('npx no-such-command')).toMatch(/no command/);
  expect(wrong('npm ci && npm start   # try it')).toBeUndefined();
});
