import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clausesPage } from '../scripts/clauses-page.ts';
import { docsOf } from '../src/clauses/docs.ts';
import { allClauses } from '../src/clauses/index.ts';
import { loadVectors } from '../src/index.ts';

const page = readFileSync(join(import.meta.dirname, '../CLAUSES.md'), 'utf8');

it('CLAUSES.md is what `npm run clauses` writes', async () => {
  expect(page).toBe(await clausesPage());
});

it('every clause has a heading that its link leads to', async () => {
  const anchors = Array.from(page.matchAll(/^## (.*)$/gm), ([, heading]) => heading.replace(/[^\w-]/g, ''));
  for (const { id } of allClauses(await loadVectors())) expect(anchors).toContain(docsOf(id).split('#')[1]);
});
