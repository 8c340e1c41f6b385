/**
 * Everything about a release but the release: packs all packages, looks at what is in them, at their exports and types
 * (publint, are-the-types-wrong), and walks a new user's first steps with each adapter.
 *
 *     npm run release:dry
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vulkanEnvironment } from '@focal-loss/testing';
import { packages, root } from '../docs/site/packages.ts';
import { lint } from './lint.ts';
import { type Packed, packPublished } from './pack.ts';
import { address } from './published.ts';
import { walk } from './walk.ts';

/** Kilobytes packed; the vectors of core are most of the largest. Larger than this is a file that was not meant to be published. */
const LIMIT = 600;

/** What must not be published, and what must. */
const stray =
  /(^|\/)(test|bench|scripts|oracle|assembly|node_modules)\/|\.(test|config)\.[jt]s$|\.tmp\.|\.tsbuildinfo$/;
const needed = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];

function problemsOf({ name, files, size }: Packed, folder: string): string[] {
  const paths = files.map(({ path }) => path);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const exported = Object.values<string | Record<string, string>>(manifest.exports)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .filter((target) => !target.includes('*'));
  return [
    ...needed.filter((path) => !paths.includes(path)).map((path) => `has no ${path}`),
    ...paths.filter((path) => stray.test(path)).map((path) => `publishes ${path}`),
    ...exported
      .map((target) => target.replace(/^\.\//, ''))
      .filter((target) => !paths.includes(target))
      .map((target) => `exports ${target}, which is not packed`),
    ...exported
      .filter((target) => target.endsWith('.js'))
      .map((target) => target.replace(/^\.\//, '').replace(/\.js$/, '.d.ts'))
      .filter((target) => !paths.includes(target))
      .map((target) => `has no types ${target}`),
    ...(size > LIMIT * 1000 ? [`is ${(size / 1000).toFixed(0)} kB packed, more than ${LIMIT}`] : []),
    ...(manifest.publishConfig?.provenance === true ? [] : ['is not published with provenance']),
    ...(manifest.version === undefined || manifest.private === true ? ['cannot be published'] : []),
  ].map((problem) => `${name} ${problem}`);
}

const folder = mkdtempSync(join(tmpdir(), 'focal-loss-release-'));
const problems: string[] = [];
try {
  const all = packages();
  const packed = packPublished(
    all.map((pkg) => pkg.folder),
    folder,
  );
  for (const [i, one] of packed.entries()) {
    console.log(`${one.name}: ${one.files.length} files, ${(one.size / 1000).toFixed(1)} kB packed`);
    problems.push(...problemsOf(one, all[i].folder));
    for (const problem of await lint(one.file, all[i].manifest)) problems.push(`${one.name}: ${problem}`);
  }

  const tarballs = new Map(packed.map(({ name, file }) => [name, file]));
  for (const pkg of all)
    if (pkg.readme === undefined) console.log(`${pkg.name}: no README, its first block is not walked`);
  for (const { name, printed, problems: found } of walk(all, tarballs, vulkanEnvironment())) {
    console.log(
      `first block of ${name}: ${found.length > 0 ? 'FAILED' : printed === '' ? 'runs, prints nothing' : printed}`,
    );
    problems.push(...found.map((problem) => `first block of ${name}: ${problem}`));
  }

  if (!existsSync(join(root, 'LICENSE'))) problems.push('there is no LICENSE');
  if (address() === undefined) {
    problems.push('package.json has no repository: provenance is checked against it, and links of READMEs lead there');
  }
} finally {
  rmSync(folder, { recursive: true });
}
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'ready for npm run release' : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
