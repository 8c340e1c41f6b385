/**
 * Calls drawn at random in which a few logits are NaN or infinite: what becomes of these, and of all the others. The truth is
 * core's reference.
 *
 * @module
 */
import { defineLoss, type Formula, reference, sigmoidFocal } from '@focal-loss/core';
import { allowances, flushed } from '../compare.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { takesFarRoot } from './customLosses.ts';
import { Draw } from './draw.ts';
import { drawnCall } from './drawCall.ts';
import { changed, classesOf, isRows, largePlaces, placesOfRow, type Source, sources } from './noNumbers.ts';
import { comparedHoles, type Holed } from './nonfiniteCalls.ts';
import { ofRows } from './nonfiniteRows.ts';
import { Pool } from './pool.ts';
import type { RandomCall } from './shrink.ts';

/** Whether α may leave nothing of a row of several classes, which smoothed targets and places are. */
const leavesNothing = ({ factory: { member }, options: { alpha, labelSmoothing } }: RandomCall) =>
  Array.isArray(alpha) && alpha.includes(0) && (labelSmoothing !== undefined || member.targets === 'place');

/** What a class of a row of probabilities has of its loss: its probability, smoothed, times its α. */
function shareOf(
  { options: { alpha, labelSmoothing: epsilon = 0 } }: RandomCall,
  y: number,
  c: number,
  classes: number,
) {
  const smooth = y * (1 - (epsilon as number)) + (epsilon as number) / classes;
  return smooth * (Array.isArray(alpha) ? alpha[c] : 1);
}

/** Whether a NaN in the row of a logit has to show. What it makes of the slopes of a row whose classes have no share is left open. */
function showsAt(call: RandomCall, at: number): boolean {
  const { input } = call;
  const { classes, inner } = classesOf(input);
  const row = Math.floor(at / (classes * inner)) * inner + (at % inner);
  return placesOfRow(input, row).some((place, c) => shareOf(call, input.targets[place], c, classes) > 1e-3);
}

/** A few logits NaN; and of a sigmoid with hard labels some infinite, whose limits are those of the family. */
function withHoles(call: RandomCall, { isCustom }: Source, draw: Draw): Holed {
  const { factory, options, input } = call;
  const softmax = factory.link === 'softmax';
  const unclear = isCustom || factory.member.targets === 'place' || options.labelSmoothing !== undefined;
  const isSoft = (y: number) => y > 0 && y < 1;
  let { logits } = input;
  let finite = logits;
  for (let k = 1 + Math.floor(draw.next() * 3); k > 0; k--) {
    const at = Math.floor(draw.next() * logits.length);
    const infinite = draw.oneOf(-1, 1) * Infinity;
    const hole = softmax || unclear || isSoft(input.targets[at]) ? Number.NaN : draw.oneOf(Number.NaN, infinite);
    if (isRows(call) && !showsAt(call, at)) continue;
    logits = changed(logits, at, hole);
    finite = changed(finite, at, 0);
  }
  return { holes: { factory, options, input: { ...input, logits } }, finite: { ...input, logits: finite } };
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

/** A NaN that meets a comparison: the larger of it and a number is neither. */
const hinge: Check = {
  id: 'random.nonfinite/hinge',
  needs: ['nonfinite', 'customLoss'],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 619);
    const formula: Formula = (o, x, y) => {
      const z = o.mul(o.sub(o.add(y, y), o.constant(1)), x);
      return o.max(o.constant(0), o.sub(o.constant(1), z));
    };
    const loss = defineLoss({ name: 'hinge', formula, reduction: 'none' });
    // A quarter off: at 1 − z = 0 there is a bend.
    const logits = draw.numbers(40, () => Math.round(draw.between(-9, 9)) + 0.25, subject.dtype);
    const targets = logits.map(() => draw.oneOf(0, 1));
    for (let k = 0; k < 5; k++) logits[Math.floor(draw.next() * logits.length)] = Number.NaN;
    const { value, grad } = reference(loss).valueAndGrad(logits, targets);
    for (const wants of [['value', 'grad'], ['value']] as const) {
      const got = await asked(subject, loss, { logits, targets }, wants, finding);
      finding.compare('value', got.value, value);
      if (wants.length === 2) finding.compare('grad', got.grad, grad);
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
    ...sources.map(
      (source, i): Check => ({
        id: `random.nonfinite/${source.name}`,
        needs: ['nonfinite', ...source.needs],
        async run(subject, finding) {
          const draw = new Draw(subject.seed + 7919 * (600 + i));
          for (let call = 0; call < 2 * source.calls(subject) && !finding.failed; call++) {
            const drawn = drawnCall(source.factory(draw), subject, draw);
            if (!isRows(drawn) && leavesNothing(drawn)) continue;
            if (source.isCustom && takesFarRoot(drawn, subject)) continue;
            await comparedHoles(withHoles(drawn, source, draw), subject, finding, call);
          }
        },
      }),
    ),
    large,
    hinge,
    ...ofRows,
  ],
};
