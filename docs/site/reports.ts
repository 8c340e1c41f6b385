/**
 * The conformance reports that tables and figures are made of. A suite takes up to a minute an adapter, so reports are
 * kept in `.cache`, under a hash of everything that can change them: the built packages, the vectors, the runtime.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { Report, ReportFile } from '@focal-loss/conformance';
import { docs, type Package, packages, root } from './packages.ts';

/** A report and the folder of the package it is about. */
export type Reported = Report & { readonly package: string };

export interface Reports {
  readonly reports: readonly Reported[];
  readonly notLoaded: ReportFile['notLoaded'];
}

const cache = join(docs, '.cache');

/** The reports of all packages that have a conformance.js, from the cache where nothing has changed. */
export async function reports(): Promise<Reports> {
  const all: { reports: Reported[]; notLoaded: ReportFile['notLoaded'][number][] } = { reports: [], notLoaded: [] };
  for (const pkg of packages()) {
    const file = join(pkg.folder, 'conformance.js');
    if (!existsSync(file)) continue;
    const report = await reportOf(pkg, file);
    all.reports.push(...report.reports.map((one) => ({ ...one, package: pkg.key })));
    all.notLoaded.push(...report.notLoaded);
  }
  return all;
}

async function reportOf(pkg: Package, file: string): Promise<ReportFile> {
  const kept = join(cache, `${pkg.key}-${fingerprint(pkg)}.json`);
  if (!existsSync(kept)) {
    mkdirSync(cache, { recursive: true });
    for (const old of readdirSync(cache)) if (old.startsWith(`${pkg.key}-`)) rmSync(join(cache, old));
    const unfinished = join(cache, `unfinished-${process.pid}.json`);
    const cli = join(root, 'conformance/bin/focal-conformance.js');
    const args = [cli, relative(root, file), '--quiet', '--json', unfinished];
    // A failed check is an exit code of 1 and a verdict in the report.
    await promisify(execFile)(process.execPath, args, { cwd: root }).catch((error) => {
      if (!existsSync(unfinished)) throw error;
    });
    renameSync(unfinished, kept);
  }
  return JSON.parse(readFileSync(kept, 'utf8'));
}

/** A hash of the files a report depends on: the package, what it stands on, and the suite. */
function fingerprint(pkg: Package): string {
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`);
  const all = new Map(packages().map((one) => [one.name, one]));
  const below = new Set<Package>();
  const add = (one: Package | undefined) => {
    if (one === undefined || below.has(one)) return;
    below.add(one);
    for (const name of Object.keys(one.manifest.dependencies ?? {})) add(all.get(name));
  };
  for (const one of [pkg, all.get('@focal-loss/core'), all.get('@focal-loss/conformance')]) add(one);
  const paths = [...below].flatMap(({ folder }) => [join(folder, 'dist'), join(folder, 'vectors')]);
  for (const path of [...paths, join(pkg.folder, 'conformance.js'), join(pkg.folder, 'test')]) {
    for (const file of filesIn(path)) hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function filesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
