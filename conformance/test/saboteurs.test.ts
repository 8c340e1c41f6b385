import { describe, expect, it } from 'vitest';
import { allClauses } from '../src/clauses/index.ts';
import { loadVectors } from '../src/index.ts';
import { matches } from '../src/select.ts';
import { saboteurs } from './saboteurs/index.ts';
import { seesAll, violations } from './saboteurs/violations.ts';

describe('a suite that cannot fail proves nothing', () => {
  it('has wrong backends, each with a mistake of its own', () => {
    expect(new Set(saboteurs.map(({ mistake }) => mistake)).size).toBe(saboteurs.length);
    expect(saboteurs.length).toBeGreaterThanOrEqual(25);
  });

  it.each(saboteurs.map((saboteur, turn) => [saboteur.mistake, turn, saboteur] as const))(
    'of the violated clauses and a fortieth of the others, exactly the violated ones fail: %s',
    async (_, turn, { violates, backend }) => {
      // What one clause sees, a call with all options at once mostly sees too.
      const found = (await violations(backend, violates, turn)).filter((id) => !seesAll(id) || violates.includes(id));
      expect(found).toEqual(violates);
    },
  );

  it('no clause is without a backend that violates it', async () => {
    const patterns = saboteurs.flatMap(({ violates }) => violates);
    const ids = allClauses(await loadVectors()).map(({ id }) => id);
    expect(ids.filter((id) => !patterns.some((pattern) => matches(pattern, id)))).toEqual([]);
  });
});
