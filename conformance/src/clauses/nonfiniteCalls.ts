import { type Part, reference } from '@focal-loss/core';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { asked } from './asked.ts';
import { spelledInput } from './noNumbers.ts';
import { whenAsked } from './scales.ts';
import { scalesOfCall, toleranceOf } from './scalesOfCall.ts';
import { type RandomCall, spelledCall } from './shrink.ts';

/** A call with what is no finite number, and the same with finite numbers there. */
export interface Holed {
  readonly holes: RandomCall;
  /** What errors are measured by: sizes of terms are not told of what is infinite. */
  readonly finite: Input;
}

/** Compares value and slopes of such a call with the truth, and now and then second derivatives, and the value alone. */
export async function comparedHoles(
  { holes: { factory, options: given, input }, finite }: Holed,
  subject: Subject,
  finding: Finding,
  call: number,
): Promise<void> {
  const loss = factory.make(given);
  const { logits, targets, offset: _, ...options } = input;
  const withHess = subject.can('hess') && subject.device === 'cpu' && call % 3 === 0;
  const run = reference(loss);
  const truth = withHess
    ? run.valueGradHess(logits, targets, options)
    : { ...run.valueAndGrad(logits, targets, options), hess: [] };
  const scales = whenAsked(() => scalesOfCall(loss, finite, withHess ? 2 : 1));
  const tolerance = toleranceOf(subject, input);
  const wanted: (readonly Part[])[] = [['value', 'grad']];
  if (withHess) wanted.push(['value', 'grad', 'hess']);
  if (subject.device !== 'gpu' || call % 2 === 0) wanted.push(['value']);
  for (const wants of wanted) {
    const got = await asked(subject, loss, input, wants, finding);
    // Second derivatives, and what stands beside them, are held to 4 times the allowance of their clause.
    const times = wants.includes('hess') ? 4 : 1;
    for (const part of ['value', 'grad', 'hess'] as const) {
      if (!wants.includes(part)) continue;
      finding.compare(part, got[part], truth[part], { scale: (i) => times * scales[part](i), tolerance });
    }
  }
  if (finding.failed) finding.fail(spelledCall(loss, spelledInput(input)));
}
