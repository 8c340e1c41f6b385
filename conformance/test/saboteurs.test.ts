import { describe, expect, it } from 'vitest';
import { conformanceReport, loadVectors } from '../src/index.ts';
import { saboteurs } from './saboteurs/index.ts';

const vectors = await loadVectors();

describe('a suite that cannot fail proves nothing', () => {
  for (const { mistake, noticedBy, backend } of saboteurs) {
    it(`notices: ${mistake}`, async () => {
      const { clauses, verdict, failures } = await conformanceReport(backend, { clauses: noticedBy, vectors });
      expect(verdict).toBe('fails');
      expect(
        clauses
          .filter(({ failed }) => failed > 0)
          .map(({ id }) => id)
          .sort(),
      ).toEqual([...noticedBy].sort());
      for (const { off, messages } of failures) expect(off.value + off.grad + messages.length).toBeGreaterThan(0);
    });
  }
});
