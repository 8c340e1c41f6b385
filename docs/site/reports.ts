/**
 * The conformance reports that tables and figures are made of. The suites of all adapters take minutes, so the site does
 * not run them: `npm run readme` does, and keeps what is shown in `docs/reports`, a file a package.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import type { CurvePoint, Report, ReportFile } from '@focal-loss/conformance';
import { docs, type Package, packages, root } from './packages.ts';

/** As much of a report as the site and the README show. */
export type Kept = Pick<
  Report,
  'backend' | 'runtime' | 'verdict' | 'reason' | 'allowance' | 'checks' | 'failed' | 'without' | 'largest' | 'worst'
> & {
  /** Checks that failed and were declared to: how many, and why. */
  readonly declared: readonly { readonly reason: string; readonly checks: number }[];
  readonly curves: Readonly<Record<'value' | 'grad', readonly (readonly [logit: number, error: number])[]>>;
};

export interface Reports {
  readonly reports: readonly Kept[];
  readonly notLoaded: ReportFile['notLoaded'];
}

const folder = join(docs, 'reports');
const fileOf = ({ key }: Package) => join(folder, `${key}.json`);

/** Whether the suite has something to run for a package. */
export const examined = (pkg: Package): boolean => existsSync(join(pkg.folder, 'conformance.js'));

/** The reports kept of all packages. One that has none yet is left out. */
export function reports(): Reports {
  const files = packages()
    .filter((pkg) => examined(pkg) && existsSync(fileOf(pkg)))
    .map((pkg): Reports => JSON.parse(readFileSync(fileOf(pkg), 'utf8')));
  return {
    reports: files.flatMap((file) => file.reports),
    notLoaded: files.flatMap((file) => file.notLoaded),
  };
}

/** Runs the suite for a package and keeps its reports. */
export async function examine(pkg: Package): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'focal-loss-report-'));
  const out = join(scratch, 'report.json');
  const cli = join(root, 'conformance/bin/focal-conformance.js');
  const args = [cli, relative(root, join(pkg.folder, 'conformance.js')), '--quiet', '--json', out];
  try {
    // A failed check is an exit code of 1 and a verdict in the report.
    await promisify(execFile)(process.execPath, args, { cwd: root }).catch((error) => {
      if (!existsSync(out)) throw error;
    });
    const { reports, notLoaded }: ReportFile = JSON.parse(readFileSync(out, 'utf8'));
    mkdirSync(folder, { recursive: true });
    writeFileSync(fileOf(pkg), `${JSON.stringify({ reports: reports.map(keep), notLoaded })}\n`);
    await promisify(execFile)(join(root, 'node_modules/.bin/biome'), ['format', '--write', fileOf(pkg)], { cwd: root });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function keep(report: Report): Kept {
  const { backend, runtime, verdict, reason, allowance, checks, failed, without, largest, worst, curves } = report;
  const reasons = report.expectedFailures.map(({ reason = '' }) => reason);
  const declared = [...new Set(reasons)].map((why) => ({
    reason: why,
    checks: reasons.filter((other) => other === why).length,
  }));
  const short = (points: readonly CurvePoint[]) =>
    points.map(
      ({ logit, error }) => [logit, typeof error === 'number' ? Number(error.toPrecision(2)) : error] as const,
    );
  return {
    backend,
    runtime,
    verdict,
    ...(reason !== undefined && { reason }),
    allowance,
    checks,
    failed,
    without,
    ...(largest !== undefined && { largest }),
    worst,
    declared,
    curves: { value: short(curves.value), grad: short(curves.grad) },
  };
}
