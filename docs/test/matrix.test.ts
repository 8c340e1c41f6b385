/** The matrix: its page is what its last run found, every cell was run, and a sample of it runs here, from tarballs. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlers } from '../../scripts/matrix/bundlers.ts';
import type { Outcome } from '../../scripts/matrix/cell.ts';
import { NotHere, outcome } from '../../scripts/matrix/cell.ts';
import { compilers } from '../../scripts/matrix/compilers.ts';
import { packageManagers } from '../../scripts/matrix/managers.ts';
import { judged, PRINTS, printed, probe } from '../../scripts/matrix/probe.ts';
import { project } from '../../scripts/matrix/project.ts';
import { KEPT, rowsOf } from '../../scripts/matrix/rows.ts';
import { runtimes } from '../../scripts/matrix/runtimes.ts';
import { packPublished } from '../../scripts/pack.ts';
import { table } from '../readme/table.ts';
import { docs, root } from '../site/packages.ts';

const kept: readonly Outcome[] = JSON.parse(readFileSync(KEPT, 'utf8'));
const nameOf = ({ group, name, tried }: Pick<Outcome, 'group' | 'name' | 'tried'>) => `${group}: ${name}, ${tried}`;

describe('the page', () => {
  it('is what npm run matrix found, and nothing of it failed', () => {
    expect(readFileSync(join(docs, 'guides/matrix.md'), 'utf8')).toContain(table(rowsOf(kept)));
    expect(kept.filter(({ verdict }) => verdict === 'FAILS').map(nameOf)).toEqual([]);
  });

  it('has a row of every cell there is: else npm run matrix', () => {
    const cells = [...runtimes([]), ...bundlers([]), ...packageManagers([]), ...compilers()];
    expect(kept.map(nameOf).sort()).toEqual(cells.map(nameOf).sort());
  });
});

describe('a sample: the tarballs in an empty folder, in this Node.js', () => {
  const at = project('sample');
  afterAll(at.remove);
  beforeAll(() => {
    const folders = ['core', 'typed-array'].map((key) => join(root, 'packages', key));
    for (const { name, file } of packPublished(folders, at.folder)) {
      const place = join(at.folder, 'node_modules', name);
      mkdirSync(place, { recursive: true });
      execFileSync('tar', ['-xzf', file, '--strip-components=1', '-C', place]);
    }
  }, 60_000);

  it('import, and worker threads', async () => {
    at.write({ 'probe.js': probe(), 'main.js': PRINTS });
    expect(judged(printed(await at.must(process.execPath, ['main.js'])))).toMatch(/^1\.71501, the same on threads$/);
  });

  it('require, from CommonJS', async () => {
    at.write({ 'main.cjs': "console.log(typeof require('@focal-loss/typed-array/parallel').compile);" });
    expect(await at.must(process.execPath, ['main.cjs'])).toContain('function');
  });

  it('a README without relative links', () => {
    const readme = readFileSync(join(at.folder, 'node_modules/@focal-loss/core/README.md'), 'utf8');
    expect(readme).not.toMatch(/\]\(src\//);
  });
});

describe('what is judged', () => {
  const right = { value: 1.715008, softmax: 0, parallel: 'not asked' };
  it.each([
    ['a wrong number', { ...right, value: 1.72 }, /value is 1\.72/],
    ['a page that failed', { ...right, error: 'ReferenceError' }, /ReferenceError/],
    ['no number at all', { ...right, value: Number.NaN }, /value is NaN/],
  ])('%s is found', (_name, found, message) => {
    expect(() => judged(found)).toThrow(message);
  });

  it('what goes wrong in a cell is an outcome, and what is not at hand another', async () => {
    const cell = { group: 'runtime', name: 'x', tried: 'y' } as const;
    const fails = await outcome({ ...cell, run: () => Promise.reject(new Error('broken')) });
    expect(fails).toMatchObject({ verdict: 'FAILS', says: 'broken' });
    const absent = await outcome({ ...cell, run: () => Promise.reject(new NotHere('no such thing')) });
    expect(absent).toMatchObject({ verdict: 'not run', says: 'no such thing' });
  });
});
