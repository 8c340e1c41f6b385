import { type Backend, lacks } from './backend.ts';
import type { Check, Clause } from './clauses/clause.ts';
import { allClauses } from './clauses/index.ts';
import { Finding } from './finding.ts';
import { loadVectors } from './load.ts';
import type { CheckResult, ClauseReport, Report } from './report.ts';
import { select } from './select.ts';
import { Subject } from './subject.ts';
import { clauseReport, summarize } from './summarize.ts';
import type { VectorFile } from './vectors.ts';

/** What to run. */
export interface RunOptions {
  /** Clauses by id, `*` standing for anything: `['values.*', 'alpha']`. All unless given. */
  readonly clauses?: readonly string[];
  /** One check by its id. */
  readonly case?: string;
  /** The golden vectors, where they cannot be read from the installed core: in a browser. */
  readonly vectors?: readonly VectorFile[];
}

/** What happens while the suite runs. */
export type RunEvent =
  | { readonly type: 'start'; readonly backend: Backend; readonly total: number }
  | { readonly type: 'check'; readonly result: CheckResult; readonly done: number; readonly total: number }
  | { readonly type: 'clause'; readonly report: ClauseReport }
  | { readonly type: 'end'; readonly report: Report };

/**
 * Runs the suite against a backend, one event after the other. The last one carries the report.
 *
 * @example
 * ```ts
 * for await (const event of runConformance(backend)) {
 *   if (event.type === 'check' && event.result.outcome === 'failed') console.log(event.result);
 * }
 * ```
 */
export async function* runConformance(backend: Backend, options: RunOptions = {}): AsyncGenerator<RunEvent, void> {
  const started = performance.now();
  const reason = await backend.unavailable?.();
  const clauses = reason === undefined ? select(allClauses(options.vectors ?? (await loadVectors())), options) : [];
  const total = clauses.reduce((sum, { checks }) => sum + checks.length, 0);
  yield { type: 'start', backend, total };

  const reports: ClauseReport[] = [];
  const failures: CheckResult[] = [];
  let done = 0;
  try {
    const subject = new Subject(backend);
    for (const clause of clauses) {
      const results: CheckResult[] = [];
      for (const check of clause.checks) {
        const result = await runCheck(backend, subject, clause, check);
        results.push(result);
        done += 1;
        yield { type: 'check', result, done, total };
      }
      const report = clauseReport(backend, clause, results);
      reports.push(report);
      failures.push(...results.filter(({ outcome }) => outcome === 'failed'));
      yield { type: 'clause', report };
    }
  } finally {
    if (reason === undefined) await backend.close?.();
  }
  const seconds = (performance.now() - started) / 1000;
  yield { type: 'end', report: summarize(backend, reports, failures, seconds, reason) };
}

/** Runs the suite to its end. */
export async function conformanceReport(backend: Backend, options: RunOptions = {}): Promise<Report> {
  for await (const event of runConformance(backend, options)) if (event.type === 'end') return event.report;
  throw new Error('the run ended without a report');
}

/** Makes one check. */
export async function runCheck(
  backend: Backend,
  subject: Subject,
  clause: Clause,
  { id, needs, inapplicable, run }: Check,
): Promise<CheckResult> {
  const { dtype, device } = subject;
  const none = { id, clause: clause.id, worst: {}, off: { value: 0, grad: 0 }, messages: [] };
  const missing = needs.filter((feature) => lacks(backend, feature));
  if (missing.length > 0) return { ...none, outcome: 'not supported', reason: missing.join(', ') };
  const reason = inapplicable?.(dtype);
  if (reason !== undefined) return { ...none, outcome: 'not applicable', reason };

  const finding = new Finding(id, { dtype, allowance: clause.allowance(dtype, device) });
  try {
    await run(subject, finding);
  } catch (error) {
    finding.fail(`threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
  }
  const { worst, off, messages, failed } = finding;
  return { ...none, outcome: failed ? 'failed' : 'passed', worst, off, messages };
}
