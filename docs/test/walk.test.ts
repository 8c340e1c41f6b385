/** What a new user does: an empty folder, the packed packages, the first blocks of the README. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vulkanEnvironment } from '@focal-loss/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packAll } from '../../scripts/pack.ts';
import { type Walked, walk } from '../../scripts/walk.ts';
import { packages } from '../site/packages.ts';
import { startsOf } from '../site/sections/starts.ts';

const folder = mkdtempSync(join(tmpdir(), 'focal-loss-packed-'));
afterAll(() => rmSync(folder, { recursive: true }));
const all = packages();
let walked: Walked[] = [];

beforeAll(() => {
  const packed = packAll(
    all.map((pkg) => pkg.folder),
    folder,
  );
  walked = walk(all, new Map(packed.map(({ name, file }) => [name, file])), vulkanEnvironment());
});

it.each(startsOf({ packages: all }).map(({ pkg }) => pkg.name))(
  'the first block of %s installs, type-checks against what is packed, and prints a value',
  (name) => {
    const first = walked.find((one) => one.name === name);
    expect(first?.problems).toEqual([]);
    expect(first?.printed).not.toBe('');
  },
);
