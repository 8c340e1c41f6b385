import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const [, program] = readFileSync(join(root, 'PYTHON.md'), 'utf8').match(/```python\n(.*?)```/s) ?? [];
const vectors = join(root, '../packages/core/vectors');

it('the program of PYTHON.md runs, and finds no fault with NumPy', (context) => {
  const found = spawnSync('python3', ['-c', 'import numpy']);
  if (found.status !== 0) context.skip('not run: no python3 with NumPy here');
  const printed = execFileSync('python3', ['-', vectors], { input: program, encoding: 'utf8' });
  expect(printed).toMatch(/^\d\d cases, worst relative error \d\.\de-1[56]\n$/);
});
