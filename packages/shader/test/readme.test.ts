import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

it('the snippet of the README prints what it says', () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
  const promised = Array.from(code.matchAll(/^\/\/ (.*)$/gm), ([, line]) => line);
  const scratch = join(root, 'node_modules', '.snippets');
  mkdirSync(scratch, { recursive: true });
  try {
    writeFileSync(join(scratch, 'snippet.mts'), code);
    const args = ['--import', 'tsx', join(scratch, 'snippet.mts')];
    expect(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }).trim().split('\n')).toEqual(promised);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
