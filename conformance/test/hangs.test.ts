import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { conformanceReport } from '../src/index.ts';
import { rounded } from './honest.ts';

it('a check without an answer fails, and after three the rest is not waited for', async () => {
  const backend = { ...rounded('float64'), evaluate: () => new Promise<never>(() => {}) };
  const { failures, verdict } = await conformanceReport(backend, { clauses: ['values.tiny'], timeout: 20 });
  expect(verdict).toBe('fails');
  expect(failures.slice(0, 3).map(({ messages }) => messages)).toEqual(Array(3).fill(['no answer within 0.02 s']));
  expect(failures[3].messages).toEqual(['not asked: 3 checks before it got no answer']);
});

it('a run whose command is killed ends with it: it went on for minutes, and nobody waited', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-killed-'));
  const note = join(folder, 'pid');
  const file = join(folder, 'slow.mjs');
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs';
writeFileSync(${JSON.stringify(note)}, String(process.pid));
export default { name: 'slow', dtype: 'float64', supports: {}, evaluate: () => new Promise((done) => setTimeout(done, 60_000)) };`,
  );
  const command = fileURLToPath(new URL('../bin/focal-conformance.js', import.meta.url));
  const started = spawn(process.execPath, [command, file], { stdio: 'ignore' });
  try {
    await vi.waitUntil(() => existsSync(note) && readFileSync(note, 'utf8') !== '', { timeout: 60_000 });
    const pid = Number(readFileSync(note, 'utf8'));
    const runs = () => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(runs()).toBe(true);
    started.kill('SIGKILL');
    await vi.waitUntil(() => !runs(), { timeout: 10_000 });
  } finally {
    started.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
});
