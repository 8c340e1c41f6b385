import { groupOf } from './clauses/statements.ts';
import { worse } from './deviation.ts';
import type { ClauseReport, Report, ReportFile } from './report.ts';
import { short } from './text.ts';

/** Lines up columns; the first `left` are words, the rest figures. */
function columns(rows: readonly (readonly string[])[], left = 1): string[] {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)));
  return rows.map((row) =>
    row.map((cell, k) => (k < left ? cell.padEnd(widths[k]) : cell.padStart(widths[k]))).join('  '),
  );
}

const counted = (count: number) => (count === 0 ? '' : String(count));

/** One line a clause, or with `compact` one line a group of clauses. Columns without a figure are left out. */
export function clauseTable(report: Report, compact = false): string {
  const head = [
    compact ? 'clauses' : 'clause',
    'checks',
    'failed',
    'as expected',
    'not supported',
    'n/a',
    'worst value',
    'worst grad',
    'allowed',
  ];
  const clauses = compact ? byGroup(report.clauses) : report.clauses;
  const body = clauses.map(
    ({ id, checks, failed, expectedFailures, notSupported, notApplicable, worst, allowance }) => [
      id,
      String(checks),
      counted(failed),
      counted(expectedFailures),
      counted(notSupported),
      counted(notApplicable),
      short(worst.value?.error),
      short(worst.grad?.error),
      allowance === 0 ? 'equal' : short(allowance),
    ],
  );
  const filled = head.map((_, k) => body.some((row) => row[k] !== ''));
  return columns([head, ...body].map((row) => row.filter((_, k) => filled[k]))).join('\n');
}

function byGroup(clauses: readonly ClauseReport[]): ClauseReport[] {
  const groups = new Map<string, ClauseReport>();
  for (const clause of clauses) {
    // Errors are only comparable under one allowance.
    const key = `${groupOf(clause.id)} ${clause.allowance}`;
    const known = groups.get(key);
    groups.set(key, known === undefined ? clause : add(known, clause));
  }
  return [...groups.values()];
}

const add = (a: ClauseReport, b: ClauseReport): ClauseReport => ({
  ...a,
  id: groupOf(a.id),
  checks: a.checks + b.checks,
  failed: a.failed + b.failed,
  expectedFailures: a.expectedFailures + b.expectedFailures,
  notSupported: a.notSupported + b.notSupported,
  notApplicable: a.notApplicable + b.notApplicable,
  worst: worse(a.worst, b.worst),
});

/** One line a backend. */
export function summaryTable({ reports, notLoaded }: ReportFile): string {
  const head = ['backend', 'dtype', 'device', 'checks', 'failed', 'worst value', 'worst grad', 'allowed'];
  const rows = reports.map(({ backend, checks, failed, worst, allowance, verdict }) => {
    const name = [backend.name, backend.dtype, backend.device];
    if (verdict === 'not run') return [...name, '', '', '', '', short(allowance)];
    return [
      ...name,
      String(checks),
      counted(failed),
      short(worst.value?.error),
      short(worst.grad?.error),
      short(allowance),
    ];
  });
  const broken = notLoaded.map(({ file }) => [file, ...head.slice(1).map(() => '')]);
  const verdicts = ['verdict', ...reports.map(verdictOf), ...notLoaded.map(({ reason }) => notRun(reason))];
  return columns([head, ...rows, ...broken], 3)
    .map((line, i) => `${line}  ${verdicts[i]}`)
    .join('\n');
}

function verdictOf({ verdict, reason = '', without, largest, expectedFailures, unexpectedPasses }: Report): string {
  if (verdict === 'not run') return notRun(reason);
  const words = [verdict === 'fails' ? 'FAILS' : verdict];
  if (expectedFailures.length > 0) words.push(`failed as expected: ${expectedFailures.length}`);
  if (unexpectedPasses.length > 0) words.push(`passed unexpectedly: ${unexpectedPasses.length}`);
  if (largest !== undefined) words.push(`at most ${largest} logits at once`);
  if (without.length > 0) words.push(`not supported: ${without.join(', ')}`);
  return words.join(', ');
}

const notRun = (reason: string) => `not run: ${reason.split('\n')[0]}`;
