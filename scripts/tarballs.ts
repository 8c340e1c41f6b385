/**
 * Packs every package into `tarballs/`, as npm would publish it, and prints what to install for each adapter. This is how
 * to use the packages before they are published.
 *
 *     npm run tarballs
 */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { packages, root } from '../docs/site/packages.ts';
import { pack } from './pack.ts';

const folder = join(root, 'tarballs');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);

const all = packages();
const files = new Map(all.map(({ name, folder: from }) => [name, pack(from, folder).file]));

/** A package and what it depends on of ours: a registry that has none of them would be asked for them otherwise. */
function needed(name: string): string[] {
  const { dependencies = {} } = all.find((pkg) => pkg.name === name)?.manifest ?? {};
  const own = Object.keys(dependencies).filter((dependency) => files.has(dependency));
  return [...new Set([...own.flatMap(needed), name])];
}

console.log(
  `Packed into ${relative(process.cwd(), folder) || '.'}. In your own project, with this folder's path in $T:\n`,
);
for (const { name, key } of all.filter(({ key }) => key !== 'core')) {
  const names = [...new Set(['@focal-loss/core', ...needed(name)])];
  const paths = names.map((one) => `$T/${basename(files.get(one) ?? '')}`);
  const runtimes = Object.keys(all.find((pkg) => pkg.name === name)?.manifest.peerDependencies ?? {});
  console.log(`# ${key}\nnpm install ${[...paths, ...runtimes].join(' ')}\n`);
}
console.log(`T=${folder}`);
