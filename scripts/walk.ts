/**
 * What a new user does, for every adapter: an empty folder, the packed tarballs, the first two blocks of the README. The
 * example is type-checked against the packed declarations, and run.
 *
 * What an adapter stands on, its runtime and peers, is linked from this repository: the walk needs no registry.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Package } from '../docs/site/packages.ts';
import { root } from '../docs/site/packages.ts';
import { type Start, startsOf } from '../docs/site/sections/starts.ts';

/** What came of one adapter's first example. */
export interface Walked {
  readonly name: string;
  readonly printed: string;
  readonly problems: readonly string[];
}

/**
 * Walks through all adapters that have a README. The compiler is started once for all of them: each has a folder with
 * packages of its own, and what is read of the language and of Node.js is the same.
 *
 * @param tarballs Name of a package → its packed file.
 * @param env What the machine needs to have a GPU.
 */
export function walk(
  packages: readonly Package[],
  tarballs: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string>> = {},
): Walked[] {
  const parent = mkdtempSync(join(tmpdir(), 'focal-loss-walk-'));
  try {
    const begun = startsOf({ packages }).map((start) => install(start, join(parent, start.pkg.key), tarballs));
    const complaints = typeCheck(
      parent,
      begun.filter(({ file }) => file === 'first.ts').map(({ start }) => start.pkg.key),
    );
    return begun.map(({ start, file, problems }) => {
      const { key, name } = start.pkg;
      const found = [...problems, ...complaints.filter((line) => line.startsWith(`${key}/`))];
      if (file !== 'first.ts') return { name, printed: '', problems: found };
      const { printed, problem } = run(join(parent, key), env);
      return { name, printed, problems: problem === undefined ? found : [...found, problem] };
    });
  } finally {
    rmSync(parent, { recursive: true });
  }
}

/** What the first block of a README installs, in an empty folder, with the second block as a file. */
function install({ pkg, install, fence, code }: Start, folder: string, tarballs: ReadonlyMap<string, string>) {
  mkdirSync(folder);
  const problems: string[] = [];
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const wanted = Array.from(install.matchAll(/^npm install (.*?)(?:\s+#.*)?$/gm), ([, names]) => names.split(/\s+/))
    .flat()
    .filter((name) => !name.startsWith('-'))
    .map((name) => name.replace(/(?<=.)@[^/]*$/, ''));
  for (const name of wanted) put(name, folder, tarballs, problems);
  const file = /^html\b/.test(fence) ? 'index.html' : 'first.ts';
  writeFileSync(join(folder, file), code);
  return { start: { pkg }, file, problems };
}

/** What the compiler says of `first.ts` in these folders, a complaint each, beginning with the folder. */
function typeCheck(parent: string, folders: readonly string[]): string[] {
  link('@types/node', parent);
  const types = ['node', ...(link('@webgpu/types', parent) ? ['@webgpu/types'] : [])];
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    lib: ['es2023', 'dom'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types,
  };
  const files = folders.map((folder) => `${folder}/first.ts`);
  writeFileSync(join(parent, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript-native/bin/tsc'), '-p', '.'], {
    cwd: parent,
    encoding: 'utf8',
  });
  if (tsc.status === 0) return [];
  const lines = tsc.stdout.trim().split('\n');
  const placed = lines.filter((line) => folders.some((folder) => line.startsWith(`${folder}/`)));
  // A compiler that did not come to any file says something of all of them.
  return placed.length > 0 ? placed : folders.map((folder) => `${folder}/: ${lines.join('\n')}`);
}

function run(folder: string, env: Readonly<Record<string, string>>): { printed: string; problem?: string } {
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [tsx, 'first.ts'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...env },
  });
  const printed = stdout.trim();
  return status === 0 ? { printed } : { printed, problem: stderr.trim() || `ended with ${signal ?? status}` };
}

/**
 * A package as npm would put it into node_modules: ours from its tarball, others as links, each with what it depends on
 * and the peers it must have, side by side.
 */
function put(name: string, folder: string, tarballs: ReadonlyMap<string, string>, problems: string[]): void {
  const place = join(folder, 'node_modules', name);
  if (existsSync(place)) return;
  const tarball = tarballs.get(name);
  if (tarball !== undefined) {
    mkdirSync(place, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', place]);
  } else if (!link(name, folder)) {
    problems.push(`${name} is neither packed nor installed here`);
    return;
  }
  const manifest: Manifest = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
  for (const other of [...Object.keys(dependencies), ...peers]) put(other, folder, tarballs, problems);
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** Links a package of this repository's node_modules into a folder. */
function link(name: string, folder: string): boolean {
  const place = join(folder, 'node_modules', name);
  if (existsSync(place)) return true;
  const homes = [root, ...readdirSync(join(root, 'packages')).map((key) => join(root, 'packages', key))];
  const home = homes.find((one) => existsSync(join(one, 'node_modules', name)));
  if (home === undefined) return false;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(join(home, 'node_modules', name), place);
  return true;
}
