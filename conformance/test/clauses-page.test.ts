import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clausesPage } from '../scripts/clauses-page.ts';
import { docsOf } from '../src/clauses/docs.ts';
import { allClauses } from '../src/clauses/index.ts';
import { loadVectors } from '../src/index.ts';
import { saboteurs } from './saboteurs/index.ts';
import { causes } from './saboteurs/saboteur.ts';

const page = readFileSync(join(import.meta.dirname, '../CLAUSES.md'), 'utf8');

it('CLAUSES.md is what `npm run clauses` writes', async () => {
  expect(page).toBe(await clausesPage());
});

it('every clause has a heading that its link leads to', async () => {
  const anchors = Array.from(page.matchAll(/^### (.*)$/gm), ([, heading]) => heading.replace(/[^\w-]/g, ''));
  for (const { id } of allClauses(await loadVectors())) expect(anchors).toContain(docsOf(id).split('#')[1]);
});

it('every cause has at least three wrong backends, and the page counts them', () => {
  for (const cause of Object.keys(causes)) {
    const count = saboteurs.filter((one) => one.cause === cause).length;
    expect(count, cause).toBeGreaterThanOrEqual(3);
    expect(page).toMatch(new RegExp(`^\\| ${cause} \\| .* \\| ${count} \\| `, 'm'));
  }
});

it('the contents lead to every group', () => {
  const headings = Array.from(page.matchAll(/^## (.*)$/gm), ([, heading]) => heading);
  const linked = Array.from(page.matchAll(/^- \[(.*)\]\(#/gm), ([, title]) => title);
  expect(headings).toEqual(['Contents', ...linked]);
});
