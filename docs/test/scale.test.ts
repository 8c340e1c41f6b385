/** The example that scores many files: killed and started again, it loses no row and repeats none. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reference, softmaxFocal } from '@focal-loss/core';
import { afterAll, expect, it } from 'vitest';
import { npy } from '../examples/scale/npy.ts';
import { partsOf, type Row, writers } from '../examples/scale/rows.ts';
import { docs, root } from '../site/packages.ts';

const [FILES, ROWS, CLASSES] = [300, 64, 20];
const folder = mkdtempSync(join(tmpdir(), 'focal-scale-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const logitsOf = (file: number) =>
  Float32Array.from({ length: ROWS * CLASSES }, (_, i) => 5 * Math.sin(i * (file + 1)));
const labelsOf = (file: number) => Array.from({ length: ROWS }, (_, i) => (7 * i + file) % CLASSES);

function run(out: string): { child: ChildProcess; said: () => string; ended: Promise<number | null> } {
  const words = ['--out', out, '--processes', '2', '--top', '3', folder];
  const child = spawn(process.execPath, ['--import', 'tsx', join(docs, 'examples/scale/main.ts'), ...words], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (text) => {
    said += text;
  });
  return { child, said: () => said, ended: new Promise((done) => child.on('exit', done)) };
}

const lines = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const written = (out: string) => partsOf(out).flatMap(lines);
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((done) => setTimeout(done, 2));
};

it('goes on where it was killed', async () => {
  for (let file = 0; file < FILES; file++) {
    const name = join(folder, `${String(file).padStart(3, '0')}`);
    writeFileSync(`${name}.npy`, npy({ data: logitsOf(file), shape: [ROWS, CLASSES] }));
    writeFileSync(`${name}.labels.npy`, npy({ data: BigInt64Array.from(labelsOf(file), BigInt), shape: [ROWS] }));
  }
  mkdirSync(join(folder, 'out'));
  const out = join(folder, 'out/scores.jsonl');

  const first = run(out);
  await until(() => written(out).length >= 20 || first.child.exitCode !== null);
  expect(first.child.exitCode, first.said()).toBe(null);
  first.child.kill('SIGKILL');
  await first.ended;
  await until(() => writers(out).length === 0);
  const before = written(out);
  expect(before.length).toBeGreaterThanOrEqual(20);
  expect(before.length).toBeLessThan(FILES);
  expect(existsSync(out)).toBe(false);

  // As a process leaves it that is killed while it writes.
  appendFileSync(partsOf(out)[0], before[0].slice(0, 40));
  const second = run(out);
  expect(await second.ended).toBe(0);
  expect(second.said()).toContain(`${FILES} files, ${before.length} of them scored before`);
  expect(partsOf(out)).toEqual([]);

  const rows: Row[] = lines(out).map((line) => JSON.parse(line));
  const names = Array.from({ length: FILES }, (_, file) => join(folder, `${String(file).padStart(3, '0')}.npy`));
  expect(rows.map(({ id }) => id)).toEqual(names);
  expect(lines(out)).toEqual(expect.arrayContaining(before));
  for (const [file, { loss, top }] of rows.entries()) {
    const each = softmaxFocal({ gamma: 2, reduction: 'none' });
    const losses = reference(each).value(logitsOf(file), labelsOf(file), { shape: [ROWS, CLASSES] }) as Float64Array;
    expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / ROWS, 5);
    expect(top.map(({ loss }) => loss)).toEqual(
      Array.from(losses)
        .sort((a, b) => b - a)
        .slice(0, 3)
        .map((x) => expect.closeTo(x, 4)),
    );
    for (const { row, loss } of top) expect(losses[row]).toBeCloseTo(loss, 4);
  }

  // Whole, it is not written again.
  const third = run(out);
  expect(await third.ended).toBe(2);
  expect(third.said()).toContain('is there already');
}, 60_000);
