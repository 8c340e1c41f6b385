import { type Deviation, usualParts } from './deviation.ts';
import { quote } from './quote.ts';
import type { CheckResult, Report } from './report.ts';

/** The parts in words. */
const namesOfParts = {
  value: 'values',
  grad: 'gradients',
  hess: 'second derivatives',
  posterior: 'posteriors',
} as const;

/** An error or an allowance: `3.2e-16`. */
export const short = (error: number | undefined) =>
  error === undefined ? '–' : error === 0 ? '0' : error.toExponential(1);

/** What is wrong, and the command, if any, that shows it again. */
export function failureText({ id, off, worst, messages, outcome, reason }: CheckResult, command?: string): string {
  const lines = [outcome === 'failed as expected' ? `FAILED AS EXPECTED ${id}\n  ${reason}` : `FAILED ${id}`];
  for (const message of messages.slice(0, 5)) lines.push(`  ${message}`);
  if (messages.length > 5) lines.push(`  and ${messages.length - 5} more`);
  for (const deviation of Object.values(worst)) {
    const count = off[deviation.part];
    if (count > 0) lines.push(`  ${deviationText(deviation)}${count === 1 ? '' : `, the worst of ${count}`}`);
  }
  if (command !== undefined) lines.push(`  ${command}`);
  return lines.join('\n');
}

/** The command that makes one check again. */
export function reproduce({ command, only }: Report, id: string): string | undefined {
  const what = only?.call === undefined ? `--case ${quote(id)}` : `--call ${quote(only.call)}`;
  return command && `${command} ${what}`;
}

/** The worst errors against the truth: how large, beside what is allowed, at which input, and how to see them again. */
export function worstText(report: Report): string[] {
  return usualParts.flatMap((part) => {
    const deviation = report.worst[part];
    if (deviation === undefined) return [];
    const lines = [`worst error of ${namesOfParts[deviation.part]}, allowed ${short(report.allowance)}`];
    const command = reproduce(report, deviation.check);
    lines.push(`  ${deviation.check}: ${deviationText(deviation)}`, ...(command ? [`  ${command}`] : []));
    return lines.join('\n');
  });
}

/** What makes reports comparable, by name: the suite, its vectors, the seed; and what the run was restricted to. */
export function originOf({ suite, seed, only }: Report): Readonly<Record<string, string>> {
  return {
    suite: suite.version,
    ...(suite.vectors !== undefined && { vectors: suite.vectors, seed: String(seed) }),
    ...Object.fromEntries(
      Object.entries(only ?? {})
        .filter(([name]) => name !== 'call')
        .map(([name, what]) => [`only ${name}`, String(what)]),
    ),
  };
}

/** What failed and was declared to. */
export function expectedText(report: Report): string[] {
  return report.expectedFailures.map((failure) => failureText(failure, reproduce(report, failure.id)));
}

/** One number beside what it should be. */
export function deviationText({ part, expected, got, error, ...place }: Deviation): string {
  return `${part}${placeText(place)}: expected ${expected}, got ${got}, relative error ${short(error)}`;
}

function placeText({ index, logit, target }: Pick<Deviation, 'index' | 'logit' | 'target'>): string {
  const words = [
    index === undefined ? '' : `[${index}]`,
    logit === undefined ? '' : ` at logit ${logit}`,
    target === undefined ? '' : `${logit === undefined ? ' at' : ','} target ${target}`,
  ];
  return words.join('');
}
