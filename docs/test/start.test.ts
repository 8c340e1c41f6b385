/** What `npm start` prints: once it ended in a stack, because a package had come in that nobody had told it of. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../site/packages.ts';

it('npm start ends well, in at most 60 lines of 100 columns', () => {
  const tsx = join(root, 'node_modules/.bin/tsx');
  const args = [join(root, 'scripts/start.ts'), '--built', '--shard', '1/170'];
  const { status, stdout, stderr } = spawnSync(tsx, args, { cwd: root, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(60);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  for (const adapter of ['typed-array', 'tfjs', 'onnxruntime']) {
    expect(lines.some((line) => new RegExp(`^ {2}${adapter}.* ✓ \\d+ checks, worst `).test(line))).toBe(true);
  }
  expect(stdout).toContain('npm run conformance');
  expect(stdout).not.toMatch(/telemetry|not passes|✗/i);
});
