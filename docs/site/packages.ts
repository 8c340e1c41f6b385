/** What there is to document, found by walking: `packages/*` and the conformance suite. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The repository, and this workspace in it. */
export const root = fileURLToPath(new URL('../..', import.meta.url));
export const docs = join(root, 'docs');

/** One published package as it lies in the repository. */
export interface Package {
  /** The folder's own name: `typed-array`. */
  readonly key: string;
  /** Absolute. */
  readonly folder: string;
  /** From the root of the repository. */
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly manifest: Manifest;
  /** The text of its README, if it has one. */
  readonly readme: string | undefined;
  /** Whether it has sources and has been built; one that is being written has neither. */
  readonly built: boolean;
}

/** What is read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | object>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The published packages: core first, then the adapters, then the suite. `FOCAL_LOSS_ONLY=core,tfjs` leaves out others. */
export function packages(): Package[] {
  const only = process.env.FOCAL_LOSS_ONLY?.split(',');
  const folders = readdirSync(join(root, 'packages'))
    .filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
    .sort((a, b) => Number(b === 'core') - Number(a === 'core') || a.localeCompare(b));
  return [...folders.map((name) => join('packages', name)), 'conformance']
    .map(read)
    .filter(({ key }) => only === undefined || key === 'conformance' || only.includes(key));
}

function read(path: string): Package {
  const folder = join(root, path);
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const readme = join(folder, 'README.md');
  return {
    key: basename(path),
    folder,
    path,
    name: manifest.name,
    description: manifest.description,
    manifest,
    readme: existsSync(readme) ? readFileSync(readme, 'utf8') : undefined,
    built: existsSync(join(folder, 'src/index.ts')) && existsSync(join(folder, 'dist/index.js')),
  };
}

/** The version that all packages share. */
export const version = (): string => packages()[0].manifest.version;

/** The source files behind a package's entry points, by what is written after its name: `'' → src/index.ts`. */
export async function entryPoints({ folder, manifest }: Package): Promise<Map<string, string>> {
  const { default: config } = await import(pathToFileURL(join(folder, 'tsdown.config.ts')).href);
  const sources: Record<string, string> = Array.isArray(config.entry)
    ? Object.fromEntries(config.entry.map((file: string) => [basename(file, '.ts'), file]))
    : config.entry;
  const entries = new Map<string, string>();
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    const built = typeof target === 'string' ? target : JSON.stringify(target);
    const key = /dist\/([\w-]+)\.js/.exec(built)?.[1];
    if (key !== undefined && sources[key] !== undefined) {
      entries.set(subpath.replace(/^\./, ''), join(folder, sources[key]));
    }
  }
  return entries;
}
