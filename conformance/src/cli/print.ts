import type { CheckResult, Report } from '../report.ts';
import { clauseTable } from '../tables.ts';
import { expectedText, failureText, reproduce, worstText } from '../text.ts';
import type { Flags } from './flags.ts';

/** How many failures of a clause are printed. A backend that is wrong everywhere would bury what it gets wrong first. */
const few = 3;

/** Prints of one backend what its line in the summary does not say: its clauses if `detailed`, and what failed. */
export function print(report: Report, { detailed, clause }: Pick<Flags, 'clause'> & { detailed: boolean }): void {
  const { backend, verdict, clauses, failures } = report;
  if (verdict === 'not run') return;
  if (detailed) {
    console.log(`${backend.name}\n${clauseTable(report)}\n`);
    for (const text of [...worstText(report), ...expectedText(report)]) console.log(`${text}\n`);
  } else if (verdict === 'fails') console.log(`${backend.name} FAILS\n`);
  for (const fault of report.faults) console.log(`OUTSIDE ANY CHECK ${fault}\n`);
  for (const { passed, reason } of report.unexpectedPasses.map((expected) => ({
    passed: expected.case ?? expected.clause,
    reason: expected.reason,
  }))) {
    console.log(`PASSED UNEXPECTEDLY ${passed}\n  expected to fail: ${reason}\n`);
  }
  for (const { id, statement, docs } of clauses) {
    const all = failures.filter(({ clause }) => clause === id);
    if (all.length > 0)
      printFailures(report, all, `${id}: ${statement} (${docs})`, clause === undefined ? few : Infinity);
  }
}

function printFailures(report: Report, failures: readonly CheckResult[], heading: string, most: number): void {
  console.log(`${heading}\n`);
  for (const failure of failures.slice(0, most))
    console.log(`${failureText(failure, reproduce(report, failure.id))}\n`);
  if (failures.length > most) {
    console.log(`and ${failures.length - most} more\n  ${report.command} --clause ${failures[0].clause}\n`);
  }
}
