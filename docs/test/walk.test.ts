/** What npm would publish, and what a new user does with it: an empty folder, the packed packages, the first blocks of the README. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vulkanEnvironment } from '@focal-loss/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lint } from '../../scripts/lint.ts';
import { type Packed, packAll } from '../../scripts/pack.ts';

import { type Walked, walk } from '../../scripts/walk.ts';
import { packages } from '../site/packages.ts';
import { startsOf } from '../site/sections/starts.ts';

const folder = mkdtempSync(join(tmpdir(), 'focal-loss-packed-'));
afterAll(() => rmSync(folder, { recursive: true }));
const all = packages();
let packed: Packed[] = [];
let walked: Walked[] = [];

beforeAll(() => {
  packed = packAll(
    all.map((pkg) => pkg.folder),
    folder,
  );
  walked = walk(all, new Map(packed.map(({ name, file }) => [name, file])), vulkanEnvironment());
});

it.each(all)('publint and are-the-types-wrong find nothing in $name', async ({ name, manifest }) => {
  const { file } = packed.find((one) => one.name === name) as Packed;
  expect(await lint(file, manifest)).toEqual([]);
});

it('they find what a manifest promises and nobody packed', async () => {
  const broken = join(folder, 'broken');
  const manifest = { name: 'broken', version: '1.0.0', type: 'module', exports: './gone.js' };
  mkdirSync(broken);
  writeFileSync(join(broken, 'package.json'), JSON.stringify(manifest));
  const [{ file }] = packAll([broken], folder);
  const problems = await lint(file, manifest);
  expect(problems.join()).toContain('gone.js');
  expect(problems.at(-1)).toBe('has no types');
});

it.each(startsOf({ packages: all }).map(({ pkg }) => pkg.name))(
  'the first block of %s installs, type-checks against what is packed, and prints a value',
  (name) => {
    const first = walked.find((one) => one.name === name);
    expect(first?.problems).toEqual([]);
    expect(first?.printed).not.toBe('');
  },
);
