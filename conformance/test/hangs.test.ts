import { expect, it } from 'vitest';
import { conformanceReport } from '../src/index.ts';
import { rounded } from './honest.ts';

it('a check without an answer fails, and after three the rest is not waited for', async () => {
  const backend = { ...rounded('float64'), evaluate: () => new Promise<never>(() => {}) };
  const { failures, verdict } = await conformanceReport(backend, { clauses: ['values.tiny'], timeout: 20 });
  expect(verdict).toBe('fails');
  expect(failures.slice(0, 3).map(({ messages }) => messages)).toEqual(Array(3).fill(['no answer within 0.02 s']));
  expect(failures[3].messages).toEqual(['not asked: 3 checks before it got no answer']);
});
