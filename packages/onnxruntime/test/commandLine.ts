import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';

/** Where the command is, as the build left it. */
export const command = join(import.meta.dirname, '../bin/focal-onnx.js');

/** A folder for the files of a test, and the command in it. Whatever it says, it is no stack. */
export function commandLine() {
  const folder = mkdtempSync(join(tmpdir(), 'focal-command-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const cli = (...args: string[]) => {
    const options = { encoding: 'utf8', cwd: folder } as const;
    const { stdout, stderr, status } = spawnSync(process.execPath, [command, ...args], options);
    expect(stderr).not.toMatch(/^\s+at /m);
    return { said: stdout + stderr, status };
  };
  return {
    folder,
    cli,
    refused: (...args: string[]) => {
      const { said, status } = cli(...args);
      expect(status).toBe(2);
      return said;
    },
    bytesOf: (name: string) => new Uint8Array(readFileSync(join(folder, name))),
    write: (name: string, bytes: Uint8Array) => writeFileSync(join(folder, name), bytes),
  };
}
