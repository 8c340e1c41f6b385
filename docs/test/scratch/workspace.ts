/** A copy of the workspace in which a member can be added to core: what is installed is linked, what is ours is copied. */
import {
  cpSync,
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
import { basename, join, relative } from 'node:path';
import { root } from '../../site/packages.ts';

const scope = '@focal-loss';

/** Our packages, by their folders. The site is none of those that a loss has to reach. */
const ours = [...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`), 'conformance', 'testing'];

/** What a build reads beside the packages. */
const settings = ['package.json', 'tsconfig.base.json', 'tsdown.base.ts', 'vitest.base.ts'];

export interface Workspace {
  readonly folder: string;
  /** Writes a file of the copy. */
  write(path: string, text: string): void;
  /** Puts text into a file of the copy, before or after what it names. */
  insert(path: string, place: { readonly before: string } | { readonly after: string }, text: string): void;
  /** The files, other than what builds write, that are not what was copied. */
  changed(): string[];
  remove(): void;
}

/** Copies the workspace into a temporary folder, with what has been built. */
export function copyWorkspace(): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-scratch-'));
  for (const path of ours) {
    cpSync(join(root, path), join(folder, path), {
      recursive: true,
      filter: (file) => basename(file) !== 'node_modules',
    });
    link(`${path}/node_modules`, folder);
  }
  for (const file of settings) cpSync(join(root, file), join(folder, file));
  link('node_modules', folder);
  for (const path of ours) {
    const { name } = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8'));
    const place = join(folder, 'node_modules', name);
    mkdirSync(join(folder, 'node_modules', scope), { recursive: true });
    symlinkSync(join(folder, path), place);
  }
  const texts = () =>
    new Map(
      ours
        .flatMap((path) => filesOf(join(folder, path)))
        .map((file) => [relative(folder, file), readFileSync(file, 'base64')]),
    );
  const copied = texts();
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  return {
    folder,
    write,
    insert(path, place, text) {
      const [mark, put] = 'before' in place ? [place.before, text + place.before] : [place.after, place.after + text];
      const whole = readFileSync(join(folder, path), 'utf8');
      if (whole.split(mark).length !== 2) throw new Error(`${path} does not have ${JSON.stringify(mark)} once`);
      write(
        path,
        whole.replace(mark, () => put),
      );
    },
    changed() {
      const now = texts();
      return [...new Set([...copied.keys(), ...now.keys()])]
        .filter((file) => copied.get(file) !== now.get(file))
        .sort();
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Links everything installed in a node_modules of this repository, but our own packages. */
function link(path: string, folder: string): void {
  if (!existsSync(join(root, path))) return;
  mkdirSync(join(folder, path), { recursive: true });
  for (const name of readdirSync(join(root, path))) {
    if (name !== scope) symlinkSync(join(root, path, name), join(folder, path, name));
  }
}

const written = (name: string) => /^(dist|node_modules|\.turbo|coverage)$|\.generated\.ts$|\.tsbuildinfo$/.test(name);

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (written(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesOf(path) : [path];
  });
}
