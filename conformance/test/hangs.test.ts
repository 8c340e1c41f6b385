import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
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

it('a call that never returns ends the command, which says where', () => {
  const args = [join(import.meta.dirname, '../dist/cli.js'), join(import.meta.dirname, 'fixtures/endless.js')];
  const { status, stderr } = spawnSync(process.execPath, [...args, '--clause', 'values.tiny', '--timeout', '0.5'], {
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/endless at .*\/hard\/tiny blocked its thread for more than 0\.5 s; process ended/);
  expect(status).not.toBe(0);
});
