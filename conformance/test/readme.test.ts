import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { allowances, conformanceReport } from '../src/index.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

it('the example backend of the README passes', async () => {
  const [, code] = readme.match(/```js\n(.*?)```/s) ?? [];
  // Beside this file, where the package it imports can be found.
  const folder = mkdtempSync(join(import.meta.dirname, 'readme-'));
  try {
    const file = join(folder, 'my-backend.js');
    writeFileSync(file, code);
    const { default: backend } = await import(pathToFileURL(file).href);
    const report = await conformanceReport(backend, { clauses: ['values.ordinary', 'laws.*', 'calls.*'] });
    expect(report).toMatchObject({ verdict: 'passes', failures: [] });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('the README prints the allowances there are', () => {
  const power = (cell: string) => (cell === '2⁻⁹' ? 2 ** -9 : Number(cell));
  for (const [dtype, { cpu, gpu, composed }] of Object.entries(allowances)) {
    const row = readme.match(new RegExp(`\\| ${dtype} \\|(.*)\\|`))?.[1] ?? '';
    expect(row.split('|').map((cell) => power(cell.trim()))).toEqual([cpu, gpu, composed]);
  }
});
