import type { Backend, Feature } from './backend.ts';
import type { Clause } from './clauses/clause.ts';
import { allowances } from './compare.ts';
import type { CheckResult, ClauseReport, Report } from './report.ts';
import { runtime } from './runtime.ts';
import { worse } from './worse.ts';

/** Adds up the checks of one clause. */
export function clauseReport(backend: Backend, clause: Clause, results: readonly CheckResult[]): ClauseReport {
  const { id, statement, against, allowance } = clause;
  const count = (outcome: CheckResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return {
    id,
    statement,
    against,
    allowance: allowance(backend.dtype, backend.device ?? 'cpu'),
    checks: count('passed') + count('failed'),
    failed: count('failed'),
    notSupported: count('not supported'),
    notApplicable: count('not applicable'),
    worst: results.reduce((worst, result) => worse(worst, result.worst), {}),
  };
}

/** Adds up the clauses of one backend. `reason` says why it was not run. */
export function summarize(
  { name, dtype, device = 'cpu', supports = {}, largest }: Backend,
  clauses: readonly ClauseReport[],
  failures: readonly CheckResult[],
  seconds: number,
  reason: string | undefined,
): Report {
  const total = (count: 'checks' | 'failed' | 'notSupported' | 'notApplicable') =>
    clauses.reduce((sum, clause) => sum + clause[count], 0);
  const allowance = allowances[dtype][device];
  const truths = clauses.filter((clause) => clause.against === 'truth' && clause.allowance === allowance);
  return {
    backend: { name, dtype, device },
    runtime: runtime(),
    verdict: reason !== undefined ? 'not run' : failures.length > 0 ? 'fails' : 'passes',
    ...(reason === undefined ? {} : { reason }),
    allowance,
    checks: total('checks'),
    failed: total('failed'),
    notSupported: total('notSupported'),
    notApplicable: total('notApplicable'),
    without: (Object.keys(supports) as Feature[]).filter((feature) => supports[feature] === false),
    ...(largest === undefined ? {} : { largest }),
    worst: truths.reduce((worst, clause) => worse(worst, clause.worst), {}),
    clauses,
    failures,
    seconds,
  };
}
