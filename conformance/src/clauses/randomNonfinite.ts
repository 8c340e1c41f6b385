/**
 * Calls drawn at random in which a few logits are NaN or infinite: what becomes of these, and of all the others. The truth is
 * core's reference.
 *
 * @module
 */
import { reference, sigmoidFocal } from '@focal-loss/core';
import { allowances, flushed } from '../compare.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall } from './drawCall.ts';
import { callsOf, changed, chosen, isRows, largePlaces, needsOf, spelledInput } from './noNumbers.ts';
import { Pool } from './pool.ts';
import { whenAsked } from './scales.ts';
import { scalesOfCall } from './scalesOfCall.ts';
import type { RandomCall } from './shrink.ts';

/** Whether α may leave nothing of a row of several classes, which smoothed targets and places are. */
const leavesNothing = ({ factory: { member }, options: { alpha, labelSmoothing } }: RandomCall) =>
  Array.isArray(alpha) && alpha.includes(0) && (labelSmoothing !== undefined || member.targets === 'place');

/** A few logits NaN; and of a sigmoid with hard labels some infinite. */
function withHoles({ factory, options, input }: RandomCall, draw: Draw): { holes: RandomCall; finite: RandomCall } {
  const softmax = factory.link === 'softmax';
  const unclear = factory.member.targets === 'place' || options.labelSmoothing !== undefined;
  const isSoft = (y: number) => y > 0 && y < 1;
  let { logits } = input;
  let finite = logits;
  for (let k = 1 + Math.floor(draw.next() * 3); k > 0; k--) {
    const at = Math.floor(draw.next() * logits.length);
    const infinite = draw.oneOf(-1, 1) * Infinity;
    const hole = softmax || unclear || isSoft(input.targets[at]) ? Number.NaN : draw.oneOf(Number.NaN, infinite);
    logits = changed(logits, at, hole);
    finite = changed(finite, at, 0);
  }
  return {
    holes: { factory, options, input: { ...input, logits } },
    finite: { factory, options, input: { ...input, logits: finite } },
  };
}

/** One NaN among many entries, wherever a kernel may have it: in a block, in its rest, behind a chunk. */
const large: Check = {
  id: 'random.nonfinite/large',
  needs: ['nonfinite'],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 610);
    const pool = new Pool(
      draw,
      (length) => draw.numbers(length, () => draw.between(-9, 9), subject.dtype),
      () => draw.oneOf(0, 1),
    );
    for (const { n, at } of largePlaces(subject, draw)) {
      const reduction = draw.oneOf('none', 'none', 'sum', 'mean');
      const { loss, input, value, grad } = pool.call({ loss: sigmoidFocal({ reduction }), n, ignored: 0 });
      grad[at] = Number.NaN;
      if (typeof value === 'object') value[at] = Number.NaN;
      const truth = typeof value === 'object' ? value : Number.NaN;
      const holes = { ...input, logits: changed(input.logits, at, Number.NaN) };
      const got = await asked(subject, loss, holes, ['value', 'grad'], finding);
      finding.compare('value', got.value, truth, { tolerance: flushed(subject) });
      finding.compare('grad', got.grad, grad, { tolerance: flushed(subject) });
      if (finding.failed) return finding.fail(`NaN at logits[${at}] of ${n}, reduction ${reduction}`);
    }
  },
};

/** What is no finite number. */
export const randomNonfinite: Clause = {
  id: 'random.nonfinite',
  statement:
    'a NaN or an infinite logit is seen in its own entry and in what it is added to, under all options, and nowhere else',
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: [
    ...chosen.map(
      (factory, i): Check => ({
        id: `random.nonfinite/${factory.name}`,
        needs: ['nonfinite', ...needsOf(factory)],
        async run(subject, finding) {
          const draw = new Draw(subject.seed + 7919 * (600 + i));
          for (let call = 0; call < 2 * callsOf(subject); call++) {
            const drawn = drawnCall(factory, subject, draw, call);
            // What a NaN makes of the slopes of a row of probabilities whose classes have no share is left open.
            if (isRows(drawn) || leavesNothing(drawn)) continue;
            const { holes, finite } = withHoles(drawn, draw);
            const { logits, targets, offset: _, ...options } = holes.input;
            const loss = factory.make(holes.options);
            const truth = reference(loss).valueAndGrad(logits, targets, options);
            const scales = whenAsked(() => scalesOfCall(loss, finite.input, 1));
            const tolerance = flushed(subject) * logits.length * Math.max(1, ...(holes.input.weights ?? []));
            const { value, grad } = await asked(subject, loss, holes.input, ['value', 'grad'], finding);
            finding.compare('value', value, truth.value, { scale: scales.value, tolerance });
            finding.compare('grad', grad, truth.grad, { scale: scales.grad, tolerance });
            if (subject.can('hess') && subject.device === 'cpu' && call % 3 === 0) {
              // What is no finite number, and nothing else: the clause of second derivatives has their allowance.
              const curved = await asked(subject, loss, holes.input, ['value', 'grad', 'hess'], finding);
              const { hess } = reference(loss).valueGradHess(logits, targets, options);
              const differ = hess.findIndex((one, i) => Number.isNaN(one) !== Number.isNaN(curved.hess[i]));
              finding.expect(differ < 0, () => `hess[${differ}] is ${curved.hess[differ]}, expected ${hess[differ]}`);
            }
            const alone = await asked(subject, loss, holes.input, ['value'], finding);
            finding.compare('value', alone.value, truth.value, { scale: scales.value, tolerance });
            if (finding.failed) return finding.fail(JSON.stringify({ loss, input: spelledInput(holes.input) }));
          }
        },
      }),
    ),
    large,
  ],
};
