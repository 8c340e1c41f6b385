/**
 * Packs every package into `tarballs/`, as npm would publish it, and prints what to install for each adapter: the line of
 * its README, with our packages as files. This is how to use the packages before they are published.
 *
 *     npm run tarballs
 */
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { packages, root } from '../docs/site/packages.ts';
import { startOf } from '../docs/site/sections/starts.ts';
import { packPublished } from './pack.ts';

const folder = join(root, 'tarballs');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);

const all = packages();
const packed = packPublished(
  all.map((pkg) => pkg.folder),
  folder,
);
const files = new Map(packed.map(({ name, file }) => [name, file]));

/** A package and what it depends on of ours: a registry that has none of them would be asked for them otherwise. */
function needed(name: string): string[] {
  const { dependencies = {} } = all.find((pkg) => pkg.name === name)?.manifest ?? {};
  const own = Object.keys(dependencies).filter((dependency) => files.has(dependency));
  return [...new Set([...own.flatMap(needed), name])];
}

console.log(
  `# Packed into ${relative(process.cwd(), folder) || '.'}. In your own project, the first line and that of your adapter:\n`,
);
console.log(`T='${folder}'\n`);
for (const pkg of all.filter(({ key }) => key !== 'core')) {
  const [, listed = pkg.name] = /^npm install (.*?)(?:\s+#.*)?$/m.exec(startOf(pkg)?.install ?? '') ?? [];
  const words = listed.split(/\s+/);
  const own = new Set(words.filter((word) => files.has(word)).flatMap(needed));
  const paths = Array.from(own, (name) => `"$T"/${basename(files.get(name) ?? '')}`);
  // What the README installs besides is not ours: the runtime, and npm's own options.
  const others = words.filter((word) => !files.has(word));
  console.log(`# ${pkg.key}\nnpm install ${[...paths, ...others].join(' ')}\n`);
}
