/** What the suite found out, in words for the reader. */
import type { Report } from '@focal-loss/conformance';

/** The outcome in a sentence. */
export function verdict(report: Report): string {
  if (report.verdict === 'not run') return `Not run: ${report.reason}`;
  const { failed, faults, unexpectedPasses } = report;
  // What was declared of some GPUs need not come true of this one: nothing is wrong with that here.
  const better = failed === 0 && faults.length === 0 && unexpectedPasses.length > 0;
  const word = better ? 'passes more than it declares' : report.verdict;
  const worst = (of: 'value' | 'grad') => report.worst[of]?.error.toExponential(1) ?? 'none';
  const expected = report.expectedFailures.length;
  return `${report.backend.name} ${word}: ${report.checks} checks, ${failed} failed${
    expected > 0 ? `, ${expected} failed as declared` : ''
  }, worst error ${worst('value')} (value), ${worst('grad')} (gradient), allowed ${report.allowance.toExponential(0)}, at most ${report.largest?.toLocaleString('en')} logits at once, ${report.seconds.toFixed(1)} s.`;
}

/** What else a reader should know: declared failures with their reasons, and declarations that did not come true. */
export function remarks({ expectedFailures, unexpectedPasses, without, faults, failures }: Report): string[] {
  const reasons = new Map<string, string[]>();
  for (const { id, reason = 'no reason given' } of expectedFailures)
    reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
  return [
    ...failures.slice(0, 20).map(({ id, clause, messages }) => `Failed: ${clause}, ${id}. ${messages.join(' ')}`),
    ...faults.map((fault) => `Went wrong outside any check: ${fault}`),
    ...[...reasons].map(([reason, ids]) => `Failed as declared: ${ids.join(', ')}. Reason: ${reason}.`),
    ...unexpectedPasses.map(({ reason }) => `Declared to fail, and passed: ${reason}.`),
    ...(without.length > 0 ? [`Not asked here, but in the package’s own tests: ${without.join(', ')}.`] : []),
  ];
}
