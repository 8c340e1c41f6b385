import type { Clause } from './clauses/clause.ts';
import { usualParts } from './deviation.ts';
import type { NotLoaded, Report } from './report.ts';
import { short } from './text.ts';

/** Lines up columns; the first `left` are words, the rest figures. */
function columns(rows: readonly (readonly string[])[], left = 1): string[] {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows.map((row) =>
    row.map((cell, k) => (k < left ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join('  '),
  );
}

const counted = (count: number) => (count === 0 ? '' : String(count));

/** One line a clause. Columns without a figure are left out. */
export function clauseTable(report: Report): string {
  const head = [
    'clause',
    'checks',
    'failed',
    'as expected',
    'not supported',
    'n/a',
    'worst value',
    'worst grad',
    'hess',
    'posterior',
    'allowed',
  ];
  const body = report.clauses.map(
    ({ id, checks, failed, expectedFailures, notSupported, notApplicable, worst, allowance }) => [
      id,
      String(checks),
      counted(failed),
      counted(expectedFailures),
      counted(notSupported),
      counted(notApplicable),
      short(worst.value?.error),
      short(worst.grad?.error),
      worst.hess ? short(worst.hess.error) : '',
      worst.posterior ? short(worst.posterior.error) : '',
      allowance === 0 ? 'equal' : short(allowance),
    ],
  );
  const filled = head.map((_, k) => body.some((row) => row[k] !== ''));
  return columns([head, ...body].map((row) => row.filter((_, k) => filled[k]))).join('\n');
}

/** The clauses of the suite, one a line, each perhaps with the ids of its checks. */
export function listing(clauses: readonly Clause[], withChecks: boolean): string {
  const rows = columns([['clause', 'checks'], ...clauses.map(({ id, checks }) => [id, String(checks.length)])]);
  const promises = ['promise', ...clauses.map(({ statement }) => statement)];
  const ids = ['', ...clauses.map(({ checks }) => checks.map(({ id }) => `\n  ${id}`).join(''))];
  return rows.map((row, i) => `${row}  ${promises[i]}${withChecks ? ids[i] : ''}`).join('\n');
}

/** One line a backend, each of which can be printed as soon as it is known. */
export interface Summary {
  readonly head: string;
  row(report: Report): string;
  /** The line of what could not be loaded. */
  missing(notLoaded: NotLoaded): string;
}

/**
 * The summary of a run. The verdict stands last; limits and declared failures have columns of their own.
 *
 * @param names What the lines begin with, so that columns line up before all is known.
 */
export function summary(names: readonly Pick<Report['backend'], 'name' | 'dtype' | 'device'>[]): Summary {
  const head = [
    'backend',
    'dtype',
    'device',
    'checks',
    'failed',
    'declared',
    'worst',
    'allowed',
    'time',
    'at most',
    'lacks',
  ];
  const widths = head.map((title) => title.length);
  widths[0] = Math.max(widths[0], ...names.map(({ name }) => name.length));
  widths[1] = 'float64'.length;
  widths[2] = 'composed'.length;
  const line = (cells: readonly string[], verdict: string) =>
    `${cells.map((cell, k) => (k < 3 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join('  ')}  ${verdict}`;
  const rest = (from: number) => head.slice(from).map(() => '');
  return {
    head: line(head, 'verdict'),
    row({
      backend,
      verdict,
      reason = '',
      checks,
      failed,
      worst,
      allowance,
      seconds,
      expectedFailures,
      largest,
      without,
      unexpectedPasses,
    }) {
      const name = [backend.name, backend.dtype, backend.device];
      if (verdict === 'not run') return line([...name, ...rest(3)], notRun(reason));
      const errors = usualParts.flatMap((part) => worst[part]?.error ?? []);
      const cells = [
        ...name,
        String(checks),
        counted(failed),
        counted(expectedFailures.length),
        short(errors.length === 0 ? undefined : Math.max(...errors)),
        short(allowance),
        `${seconds.toFixed(1)} s`,
        largest === undefined ? '' : String(largest),
        without.join(' '),
      ];
      const unexpected = unexpectedPasses.length > 0 ? `, passed unexpectedly: ${unexpectedPasses.length}` : '';
      return line(cells, (verdict === 'fails' ? 'FAILS' : verdict) + unexpected);
    },
    missing: ({ file, reason }) => line([file, ...rest(1)], notRun(reason)),
  };
}

const notRun = (reason: string) => `not run: ${reason.split('\n')[0]}`;
