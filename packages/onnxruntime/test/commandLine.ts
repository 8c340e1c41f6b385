import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, vi } from 'vitest';
import { main } from '../src/cli/index.ts';

/** Where the command is, as the build left it. */
export const command = join(import.meta.dirname, '../bin/focal-onnx.js');

/** A folder for the files of a test, and the command in it. Whatever it says, it is no stack. */
export function commandLine() {
  const folder = mkdtempSync(join(tmpdir(), 'focal-command-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const calm = (said: string) => {
    expect(said).not.toMatch(/^\s+at /m);
    return said;
  };
  /** In this process, where starting takes no time. */
  const cli = async (...args: string[]) => {
    let said = '';
    const listeners = process.stdout.listeners('error');
    const before = [process.cwd(), process.exitCode] as const;
    const spies = (['log', 'error'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((line) => {
        said += `${line}\n`;
      }),
    );
    process.chdir(folder);
    try {
      await main([process.execPath, command, ...args]);
      return { said: calm(said), status: Number(process.exitCode ?? 0) };
    } finally {
      for (const spy of spies) spy.mockRestore();
      process.chdir(before[0]);
      process.exitCode = before[1];
      for (const added of process.stdout.listeners('error').filter((one) => !listeners.includes(one))) {
        process.stdout.off('error', added as () => void);
      }
    }
  };
  return {
    folder,
    cli,
    /** In a process of its own, as the build left it. */
    apart: (...args: string[]) => {
      const options = { encoding: 'utf8', cwd: folder } as const;
      const { stdout, stderr, status } = spawnSync(process.execPath, [command, ...args], options);
      return { said: calm(stdout + stderr), status };
    },
    refused: async (...args: string[]) => {
      const { said, status } = await cli(...args);
      expect(status).toBe(2);
      return said;
    },
    bytesOf: (name: string) => new Uint8Array(readFileSync(join(folder, name))),
    write: (name: string, bytes: Uint8Array) => writeFileSync(join(folder, name), bytes),
  };
}
