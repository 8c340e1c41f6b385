import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { figuresOf, withFigures } from '@focal-loss/testing/figures';
import { describe, expect, it } from 'vitest';
import { packages } from '../site/packages.ts';

const kept = packages().filter(({ folder }) => Object.keys(figuresOf(folder)).length > 0);

describe('tables of speed in READMEs', () => {
  it('are kept by the packages that have a benchmark against others', () => {
    expect(kept.map(({ key }) => key)).toEqual(expect.arrayContaining(['typed-array', 'onnxruntime']));
  });

  it.each(kept.map(({ key, folder }) => [key, folder]))('of %s are what its benchmark has written', (_, folder) => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(withFigures(readme, figuresOf(folder))).toBe(readme);
    // A section that nothing writes would stay empty.
    const sections = [...readme.matchAll(/<!-- (\S+): written by npm run bench/g)].map(([, name]) => name);
    expect(Object.keys(figuresOf(folder)).sort()).toEqual(sections.sort());
  });
});
