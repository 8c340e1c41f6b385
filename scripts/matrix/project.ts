/** Empty folders in which a user's project is made: files, what is installed, and the commands that run in them. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What a command said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
}

export interface Project {
  readonly folder: string;
  write(files: Readonly<Record<string, string>>): void;
  /** Runs a command; a code of its own tells of one that took too long. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** {@link Project.run}, which throws what was said unless the command ends well. */
  must(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  remove(): void;
}

const PATIENCE = 600_000;

/** A folder outside of every workspace. `manifest` is what its package.json says besides. */
export function project(name: string, manifest: object = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), `focal-loss-matrix-${name}-`));
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  };
  write({
    'package.json': JSON.stringify({ name: 'app', version: '1.0.0', private: true, type: 'module', ...manifest }),
  });
  const run: Project['run'] = (command, args, env = {}) =>
    new Promise((resolve) => {
      // Of what npm says to scripts that it runs, nothing is meant for the npm of another project.
      const own = Object.entries(process.env).filter(([key]) => !/^npm_(config|lifecycle|package)/i.test(key));
      const child = spawn(command, args, {
        cwd: folder,
        env: { ...Object.fromEntries(own), CI: '1', NEXT_TELEMETRY_DISABLED: '1', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      let out = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text) => {
          out += text;
        });
      // With all that it started: what is left of it would hold its output open.
      const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), PATIENCE);
      child.on('error', (error) => {
        out += error.message;
      });
      child.on('close', (code) => {
        clearTimeout(timer);
        resolve({ code, out });
      });
    });
  return {
    folder,
    write,
    run,
    async must(command, args, env) {
      const { code, out } = await run(command, args, env);
      if (code !== 0)
        throw new Error(`${command} ${args.join(' ')}: ${out.trim().slice(-1500) || `ended with ${code}`}`);
      return out;
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** Installs with npm: names of packages, and tarballs. */
export const install = (into: Project, ...packages: readonly string[]): Promise<string> =>
  into.must('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages]);
