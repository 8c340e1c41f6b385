/**
 * Keeps what the suite says of other people's implementations, from reports that `focal-conformance --json` wrote, in
 * peers/reports.json: the figures, and neither the failures one by one nor where they were found.
 *
 *     node bin/focal-conformance.js --exec "python3 peers/optax_focal.py" --json optax.json
 *     npm run peers -w @focal-loss/conformance -- optax.json …
 *
 * What is not among them keeps the line it has.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

interface ReportFile {
  readonly reports: readonly {
    readonly backend: { readonly name: string; readonly dtype: string };
    readonly runtime: unknown;
    readonly suite: unknown;
    readonly seed: number;
    readonly verdict: string;
    readonly allowance: number;
    readonly checks: number;
    readonly failed: number;
    readonly only?: unknown;
    readonly clauses: readonly {
      readonly id: string;
      readonly checks: number;
      readonly failed: number;
      readonly worst: Worst;
    }[];
  }[];
  readonly notLoaded: readonly { readonly reason: string }[];
}
type Worst = Readonly<Record<string, { readonly error: number | string } | undefined>>;

/** The first line of a reason, without the paths of the machine it was told on. */
const reasonOf = (reason = 'no report') => reason.split('\n')[0].replace(/\S*\/(\S+)/g, '$1');

const file = new URL('../peers/reports.json', import.meta.url);
const known = JSON.parse(readFileSync(file, 'utf8')) as { peers: Record<string, unknown> };
// npm runs this in the folder of the package; names are those of whoever typed them.
const from = process.env.INIT_CWD ?? process.cwd();
for (const path of process.argv.slice(2)) {
  const { reports, notLoaded } = JSON.parse(readFileSync(resolve(from, path), 'utf8')) as ReportFile;
  const name = basename(path, '.json').replace(/^peers-/, '');
  const [report] = reports;
  if (report === undefined) {
    known.peers[name] = { verdict: 'not run', reason: reasonOf(notLoaded[0]?.reason) };
    continue;
  }
  if (report.only !== undefined) throw new Error(`${path}: a report of a part of the suite`);
  const { backend, runtime, suite, seed, verdict, allowance, checks, failed, clauses } = report;
  known.peers[name] = {
    ...{ name: backend.name, dtype: backend.dtype, runtime, suite, seed, verdict, allowance, checks, failed },
    clauses: clauses
      .filter(({ checks: made }) => made > 0)
      .map(({ id, checks: made, failed: wrong, worst }) => ({
        ...{ id, checks: made, failed: wrong },
        ...(worst.value && { value: worst.value.error }),
        ...(worst.grad && { grad: worst.grad.error }),
      })),
  };
}
writeFileSync(file, `${JSON.stringify(known, null, 2)}\n`);
