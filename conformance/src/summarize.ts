import manifest from '../package.json' with { type: 'json' };
import type { Backend, ExpectedFailure, Feature } from './backend.ts';
import type { Clause } from './clauses/clause.ts';
import { docsOf } from './clauses/docs.ts';
import { allowances } from './compare.ts';
import type { Curves } from './curve.ts';
import { type Worst, worse } from './deviation.ts';
import type { CheckResult, ClauseReport, Report } from './report.ts';
import { defaultSeed } from './runOptions.ts';
import { runtime } from './runtime.ts';

/** Adds up the checks of one clause. */
export function clauseReport(
  backend: Pick<Backend, 'dtype' | 'device'>,
  clause: Clause,
  results: readonly CheckResult[],
): ClauseReport {
  const { id, statement, against, allowance } = clause;
  const count = (outcome: CheckResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return {
    id,
    statement,
    docs: docsOf(id),
    against,
    allowance: allowance(backend.dtype, backend.device ?? 'cpu'),
    checks: count('passed') + count('failed') + count('failed as expected'),
    failed: count('failed'),
    expectedFailures: count('failed as expected'),
    notSupported: count('not supported'),
    notApplicable: count('not applicable'),
    // Where a failure is declared, how large it is belongs to it, and not under a clause that passes.
    worst: results
      .filter(({ outcome }) => outcome !== 'failed as expected')
      .reduce((worst, result) => worse(worst, result.worst), {} as Worst),
  };
}

/** What came of a run. */
export interface Outcome {
  readonly clauses: readonly ClauseReport[];
  readonly results: readonly CheckResult[];
  readonly faults?: readonly string[];
  readonly unexpectedPasses: readonly ExpectedFailure[];
  readonly curves: Curves;
  readonly seed: number;
  /** The digest of the vectors. */
  readonly vectors?: string | undefined;
  readonly only?: Report['only'] | undefined;
  readonly seconds: number;
  /** What the backend says it ran on. */
  readonly runtime?: Readonly<Record<string, string>> | undefined;
}

/** The report of a backend that this machine cannot run. */
export function notRun(backend: Pick<Backend, 'name' | 'dtype' | 'device'>, reason: string): Report {
  const nothing = {
    clauses: [],
    results: [],
    unexpectedPasses: [],
    curves: { value: [], grad: [] },
    seconds: 0,
    seed: defaultSeed,
  };
  return { ...summarize(backend, nothing), verdict: 'not run', reason };
}

/** A report to which is added what went wrong outside any check. */
export const withFaults = (report: Report, faults: readonly string[]): Report =>
  faults.length === 0 ? report : { ...report, verdict: 'fails', faults: [...report.faults, ...faults] };

/** Adds up the clauses of one backend. */
export function summarize(
  { name, dtype, device = 'cpu', supports = {}, largest }: Omit<Backend, 'evaluate'>,
  { clauses, results, faults = [], unexpectedPasses, curves, seconds, runtime: own, seed, vectors, only }: Outcome,
): Report {
  const total = (count: 'checks' | 'failed' | 'notSupported' | 'notApplicable') =>
    clauses.reduce((sum, clause) => sum + clause[count], 0);
  const allowance = allowances[dtype][device];
  const truths = clauses.filter((clause) => clause.against === 'truth' && clause.allowance === allowance);
  const ids = new Set(truths.map(({ id }) => id));
  const counted = results.filter(({ clause, outcome }) => ids.has(clause) && outcome !== 'failed as expected');
  const failures = results.filter(({ outcome }) => outcome === 'failed');
  const wrong = failures.length + unexpectedPasses.length + faults.length > 0;
  return {
    backend: { name, dtype, device },
    runtime: { ...runtime(), ...own },
    verdict: wrong ? 'fails' : 'passes',
    allowance,
    checks: total('checks'),
    failed: total('failed'),
    notSupported: total('notSupported'),
    notApplicable: total('notApplicable'),
    without: (Object.keys(supports) as Feature[]).filter((feature) => supports[feature] === false),
    ...(largest === undefined ? {} : { largest }),
    worst: counted.reduce((worst, result) => worse(worst, result.worst), {} as Worst),
    clauses,
    failures,
    faults,
    expectedFailures: results.filter(({ outcome }) => outcome === 'failed as expected'),
    unexpectedPasses,
    curves,
    seed,
    suite: { version: manifest.version, ...(vectors === undefined ? {} : { vectors }) },
    ...(only === undefined ? {} : { only }),
    seconds,
  };
}
