/** `npm run gpu` where there is no GPU: it says so, and why, and is no failure. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../site/packages.ts';

it('npm run gpu writes a report of what ran, and of what did not and why', () => {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-gpu-'));
  try {
    const program = join(root, 'scripts/gpu/index.ts');
    const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsx'), [program, '--quick'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^WebGPU: (not run: .+|adapter: .+)$/m);
    expect(stdout).toMatch(/^CUDA: (not run: .+|.+: passes, .+)$/m);
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    expect(Object.keys(report)).toEqual(expect.arrayContaining(['WebGPU', 'CUDA', 'Time']));
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain(`- ${report.WebGPU[0]}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
