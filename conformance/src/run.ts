import type { Backend } from './backend.ts';
import { allClauses } from './clauses/index.ts';
import { oneCall } from './clauses/oneCall.ts';
import { digestOf } from './digest.ts';
import type { RunEvent } from './events.ts';
import { Examination } from './examination.ts';
import { unexpectedPasses, validateExpected } from './expected.ts';
import { loadVectors } from './load.ts';
import type { AnyBackend } from './remote.ts';
import type { ClauseReport, Report } from './report.ts';
import { defaultSeed, defaultTimeout, type RunOptions } from './runOptions.ts';
import { onlyOf, select } from './select.ts';
import { clauseReport, notRun, summarize } from './summarize.ts';
import { validateBackend } from './validate.ts';

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
export async function* runConformance(backend: AnyBackend, options: RunOptions = {}): AsyncGenerator<RunEvent, void> {
  const reason = await backend.unavailable?.();
  if (reason !== undefined) {
    yield { type: 'start', backend, total: 0 };
    yield { type: 'end', report: notRun(backend, reason) };
  } else if ('run' in backend) yield* backend.run(options);
  else yield* runHere(backend, options);
}

async function* runHere(backend: Backend, options: RunOptions): AsyncGenerator<RunEvent, void> {
  const started = performance.now();
  const seed = options.seed ?? defaultSeed;
  validateBackend(backend);
  const vectors = options.vectors ?? (await loadVectors());
  const all = allClauses(vectors);
  validateExpected(backend, all);
  const clauses = options.call === undefined ? select(all, options) : [oneCall(options.call)];
  const runtime = await backend.runtime?.();
  const total = clauses.reduce((sum, { checks }) => sum + checks.length, 0);
  yield { type: 'start', backend, total };

  const reports: ClauseReport[] = [];
  const examination = new Examination(backend, options.timeout ?? defaultTimeout, seed);
  const { results } = examination;
  let stopped = false;
  let faults: readonly string[] = [];
  try {
    for (const clause of clauses) {
      const first = results.length;
      for (const check of clause.checks) {
        yield { type: 'next', id: check.id, clause: clause.id };
        const result = await examination.check(clause, check);
        yield { type: 'check', result, done: results.length, total };
        stopped = options.bail === true && result.outcome === 'failed';
        if (stopped) break;
      }
      const report = clauseReport(backend, clause, results.slice(first));
      reports.push(report);
      yield { type: 'clause', report };
      if (stopped) break;
    }
  } finally {
    faults = await examination.close();
  }
  const report = summarize(backend, {
    clauses: reports,
    results,
    faults,
    unexpectedPasses: unexpectedPasses(backend, all, results),
    curves: examination.curve.curves,
    seconds: (performance.now() - started) / 1000,
    runtime,
    seed,
    vectors: digestOf(vectors),
    only: onlyOf(options, stopped),
  });
  yield { type: 'end', report };
}

/** Runs the suite to its end. */
export async function conformanceReport(backend: AnyBackend, options: RunOptions = {}): Promise<Report> {
  for await (const event of runConformance(backend, options)) if (event.type === 'end') return event.report;
  throw new Error('the run ended without a report');
}
