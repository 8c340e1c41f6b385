/**
 * Probabilities asked for one after the other and at the same time: what a backend keeps from one call to the next.
 *
 * @module
 */
import type { Dtype } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import { round } from '../numbers.ts';
import type { Subject } from '../subject.ts';
import type { Check } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnPosterior, type PosteriorCall, withTruth } from './posteriors.ts';

/** The same call, with one logit, the loss or the order of the logits another. */
function variantsOf(factory: FamilyFactory, call: PosteriorCall, dtype: Dtype, draw: Draw): PosteriorCall[] {
  const { loss, input } = call;
  const { logits } = input;
  const at = Math.floor(draw.next() * logits.length);
  const other = factory.make({ gamma: Number(loss.params.gamma) * 1.01 + 0.01, alpha: loss.alpha });
  return [
    withTruth(loss, { ...input, logits: logits.map((x, i) => (i === at ? round(x + 0.25, dtype) : x)) }),
    withTruth(other, input),
    withTruth(loss, { ...input, logits: [...logits].reverse() }),
    call,
  ].filter((one) => one !== undefined);
}

const prepare = ({ loss, input }: PosteriorCall, subject: Subject) =>
  subject.prepare(loss, { ...input, targets: [] }, ['posterior']);

async function asked(calls: readonly PosteriorCall[], subject: Subject, finding: Finding): Promise<void> {
  const judge = (got: ArrayLike<number>, { truth, scale }: PosteriorCall) =>
    finding.compare('posterior', got, truth, { scale: (k) => 2 * scale(k) });
  const kept: ArrayLike<number>[] = [];
  for (const call of calls) kept.push((await subject.rawCall(prepare(call, subject))).posterior);
  // Only now: they must have stayed what they were.
  kept.forEach((got, k) => {
    judge(got, calls[k]);
  });
  // The very array with the logits of each, and the very logits with each loss.
  const { logits } = prepare(calls[0], subject);
  for (const call of calls) {
    const given = { ...prepare(call, subject), wants: ['posterior'] as const, logits };
    logits.set(prepare(call, subject).logits);
    judge((await subject.call(given)).posterior, call);
  }
  const together = await Promise.all(calls.map((call) => subject.call(prepare(call, subject))));
  together.forEach(({ posterior }, k) => {
    judge(posterior, calls[k]);
  });
}

/** Checks of the two losses whose probabilities are asked for most. */
export const posteriorSequences: readonly Check[] = ['sigmoidFocal', 'softmaxFocal'].map((name, i) => ({
  id: `random.sequences/posterior-${name}`,
  needs: ['posterior', `loss:${name}`, ...(name.startsWith('softmax') ? (['softmax'] as const) : [])],
  async run(subject, finding) {
    const factory = familyFactories.find((one) => one.name === name) as FamilyFactory;
    const draw = new Draw(subject.seed + 7919 * (710 + i));
    for (let round = 0; round < (subject.device === 'gpu' ? 1 : 3) && !finding.failed; round++) {
      const drawn = drawnPosterior(factory, subject, draw);
      if (drawn === undefined) continue;
      const calls = variantsOf(factory, drawn, subject.dtype, draw);
      await asked([...calls, ...calls], subject, finding);
    }
  },
}));
