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
 * Walks through all adapters that have a README.
 *
 * @param tarballs Name of a package → its packed file.
 * @param env What the machine needs to have a GPU.
 */
export function walk(
  packages: readonly Package[],
  tarballs: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string>> = {},
): Walked[] {
  return startsOf({ packages }).map((start) => {
    const folder = mkdtempSync(join(tmpdir(), 'focal-loss-walk-'));
    try {
      return walkThrough(start, folder, tarballs, env);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

function walkThrough(
  { pkg, install, fence, code }: Start,
  folder: string,
  tarballs: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string>>,
): Walked {
  const problems: string[] = [];
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const wanted = Array.from(install.matchAll(/^npm install (.*?)(?:\s+#.*)?$/gm), ([, names]) => names.split(/\s+/))
    .flat()
    .filter((name) => !name.startsWith('-'))
    .map((name) => name.replace(/(?<=.)@[^/]*$/, ''));
  for (const name of wanted) put(name, folder, tarballs, problems);

  const file = join(folder, /^html\b/.test(fence) ? 'index.html' : 'first.ts');
  writeFileSync(file, code);
  if (file.endsWith('.html')) return { name: pkg.name, printed: '', problems };
  link('typescript', folder);
  link('@types/node', folder);
  const types = ['node', ...(link('@webgpu/types', folder) ? ['@webgpu/types'] : [])];
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
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['first.ts'] }));
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (tsc.status !== 0) problems.push(tsc.stdout.trim());

  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  const options = { cwd: folder, encoding: 'utf8' as const, timeout: 60_000, env: { ...process.env, ...env } };
  const run = spawnSync(process.execPath, [tsx, 'first.ts'], options);
  if (run.status !== 0) problems.push(run.stderr.trim() || `ended with ${run.signal ?? run.status}`);
  return { name: pkg.name, printed: run.stdout.trim(), problems };
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
