/** What is wrong with a line of a `sh` block: a script, a package or a command that is not there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docs, packages, root } from '../../site/packages.ts';

interface Scripts {
  readonly name: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifest = (folder: string): Scripts => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const workspaces = [root, docs, join(root, 'testing'), ...packages().map(({ folder }) => folder)].map((folder) => ({
  folder,
  manifest: manifest(folder),
}));
const find = (name: string) =>
  workspaces.find((one) => one.manifest.name === name || one.manifest.name === `@focal-loss/${name}`);

/** What a user may install: what is published here, and what it stands on. */
const installable = new Set(
  workspaces.flatMap(({ manifest: { name, devDependencies = {}, peerDependencies = {} } }) => [
    name,
    ...Object.keys(devDependencies),
    ...Object.keys(peerDependencies),
  ]),
);
const commands = new Set(workspaces.flatMap(({ manifest: { bin = {} } }) => Object.keys(bin)));

/** The first thing wrong with a line, or undefined. */
export function wrong(line: string): string | undefined {
  const words = line
    .replace(/\s+#.*$/, '')
    .trim()
    .split(/\s+/);
  if (words[0] === '' || words[0].startsWith('#')) return undefined;
  // `A && B`, and variables set for a command.
  if (words.includes('&&')) {
    return line
      .replace(/\s+#.*$/, '')
      .split('&&')
      .map(wrong)
      .find((problem) => problem !== undefined);
  }
  while (/^[A-Z_]+=/.test(words[0])) words.shift();
  const [command, ...rest] = words;
  const named = rest.filter((word) => !word.startsWith('-'));
  if (command === 'npm') return npm(rest, named);
  if (command === 'npx') {
    // `npx -p PACKAGE COMMAND`
    const packaged = rest[0] === '-p' || rest[0] === '--package';
    const name = named[packaged ? 1 : 0];
    const known = commands.has(name) || existsSync(join(root, 'node_modules/.bin', name));
    return known ? undefined : `there is no command ${name}`;
  }
  return ['cd', 'git', 'node', 'python3', 'python', 'pip'].includes(command) ? undefined : `unknown command ${command}`;
}

function npm(words: readonly string[], [verb, ...names]: readonly string[]): string | undefined {
  if (['ci', 'cit', 'test', 'start', 'login'].includes(verb)) return undefined;
  if (verb === 'install' || verb === 'i') {
    const missing = names.find((name) => !installable.has(name.replace(/(?<=.)@.*$/, '')));
    return missing === undefined ? undefined : `nothing here is published or used as ${missing}`;
  }
  if (verb !== 'run') return `unknown npm ${verb}`;
  const at = words.findIndex((word) => word === '-w' || word === '--workspace');
  const where = at < 0 ? workspaces[0] : find(words[at + 1]);
  if (where === undefined) return `there is no workspace ${words[at + 1]}`;
  const script = names.find((name) => name !== words[at + 1]) ?? '';
  return where.manifest.scripts?.[script] === undefined ? `${where.manifest.name} has no script ${script}` : undefined;
}
