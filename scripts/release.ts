/**
 * Publishes what release:dry looked at: each package that the registry does not have in this version, those first that
 * others depend on, and a tag for each.
 *
 *     npm run release
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Package, packages } from '../docs/site/packages.ts';
import { packPublished } from './pack.ts';
import { address } from './published.ts';

if (address() === undefined) throw new Error('package.json has no repository: see npm run release:dry');

/** Dependencies before those that have them. */
function inOrder(all: readonly Package[]): Package[] {
  const order = new Set<Package>();
  const visit = (pkg: Package) => {
    for (const other of all) if (other.name in (pkg.manifest.dependencies ?? {})) visit(other);
    order.add(pkg);
  };
  all.forEach(visit);
  return [...order];
}

const isPublished = ({ name, manifest: { version } }: Package) =>
  spawnSync('npm', ['view', `${name}@${version}`, 'version'], { encoding: 'utf8' }).stdout.trim() === version;

const folder = mkdtempSync(join(tmpdir(), 'focal-loss-release-'));
try {
  for (const pkg of inOrder(packages())) {
    if (isPublished(pkg)) continue;
    const [{ file }] = packPublished([pkg.folder], folder);
    execFileSync('npm', ['publish', file, '--access', 'public', '--provenance'], { stdio: 'inherit' });
  }
  execFileSync('npx', ['changeset', 'tag'], { stdio: 'inherit' });
} finally {
  rmSync(folder, { recursive: true });
}
