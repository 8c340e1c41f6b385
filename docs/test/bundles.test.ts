/** What an import adds to a page stays small, in coarse bounds: the exact figures are on the page of `npm run bundles`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundled, programs } from '../../scripts/bundles.ts';
import { docs } from '../site/packages.ts';

/** Kilobytes, gzipped. */
const BOUNDS: Readonly<Record<keyof typeof programs, number>> = {
  'core: one error class': 1,
  'core: one loss': 3.5,
  'core: one loss and the reference': 12,
  'core: everything': 26,
  'typed-array: compile, one loss': 42,
  'typed-array/parallel: compile, one loss': 48,
  'tfjs/host: compile, one loss': 54,
  'tfjs: compile, one loss': 66,
  'webgpu: compile, one loss': 44,
  'onnxruntime: compile, one loss': 35,
  'sql: expression, one loss': 22,
};

it.each(Object.entries(programs))('%s', async (name, program) => {
  const { gzipped } = await bundled(program);
  expect(gzipped / 1000).toBeLessThan(BOUNDS[name as keyof typeof programs]);
  // And it is what it says: nothing was dropped that the program needs.
  expect(gzipped).toBeGreaterThan(300);
  expect(readFileSync(join(docs, 'guides/matrix.md'), 'utf8')).toContain(`| ${name} `);
});

it('kernels of GPUs that nobody asked for are not there', async () => {
  const has = async (name: keyof typeof programs) =>
    /#version|gl_FragColor|getUserCode|WebGL/.test((await bundled(programs[name])).code);
  expect(await has('tfjs: compile, one loss')).toBe(true);
  expect(await has('tfjs/host: compile, one loss')).toBe(false);
});

it('one loss brings no other', async () => {
  const { code } = await bundled(programs['core: one loss']);
  expect(code).toContain('sigmoidFocal');
  expect(code).not.toMatch(/varifocal|gaussianFocal|softplus.*latex/);
});
