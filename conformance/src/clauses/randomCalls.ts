/**
 * Calls drawn at random, all options at once and with all the bits that a format has: what vectors of numbers that every
 * format has cannot see. The truth is core's reference, which its own tests hold to 1e-14 against 70 digits.
 *
 * @module
 */
import { type Loss, reference } from '@focal-loss/core';
import type { Feature } from '../backend.ts';
import { allowances, flushed } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { judged } from './judged.ts';
import { placeOfLogit, placeOfTarget } from './place.ts';
import { type Scales, scalesOfLabels, scalesOfRows, whenAsked } from './scales.ts';
import type { RandomCall } from './shrink.ts';

/** Calls a check makes. Of a GPU fewer: in software it takes most of a second to compile a program. */
const callsOf = ({ device }: Pick<Subject, 'device'>) => (device === 'gpu' ? 3 : 8);

/** Labels of a sigmoid: hard ones, or any down to 1e-12. */
type Kind = 'hard' | 'soft' | 'rows';

type Format = Pick<Subject, 'dtype' | 'device'>;

/** γz + β rounds where it cannot be carried along, which the allowances of those devices are too small for at |β| = 50. */
const widestOf = ({ device }: Format) => (device === 'cpu' ? 50 : 5);

function drawn(factory: FamilyFactory, kind: Kind, format: Format, draw: Draw, call: number): RandomCall {
  const { dtype } = format;
  const options = { ...draw.setting(factory, widestOf(format)), reduction: 'none' };
  const balanced = factory.hasAlpha && draw.next() < 0.5;
  if (kind === 'rows') {
    const classes = [3, 10, 300, 2, 81][call % 5];
    const rows = Math.ceil(300 / classes);
    const spread = [3, 20, 60, 150][call % 4];
    const alpha = Array.from({ length: classes }, () => 10 ** draw.between(-8, 1));
    const input = {
      logits: draw.numbers(rows * classes, () => draw.between(-spread, spread), dtype),
      targets:
        factory.member.targets === 'place'
          ? draw.numbers(rows, () => draw.next() * (classes - 1), dtype)
          : Array.from({ length: rows }, () => Math.floor(draw.next() * classes)),
      shape: [rows, classes],
    };
    return { factory, options: { ...options, ...(balanced && { alpha }) }, input };
  }
  const alpha = draw.share(8);
  const length = 1 + Math.floor(draw.between(0, 600));
  const size = [1, 8, 30, 100][call % 4];
  const label = () => (kind === 'hard' ? draw.oneOf(0, 1) : draw.oneOf(0, 1, draw.share(12), draw.share(12)));
  const input = {
    logits: draw.numbers(length, () => draw.between(-size, size), dtype),
    targets: draw.numbers(length, label, dtype),
  };
  return { factory, options: { ...options, ...(balanced && { alpha }) }, input };
}

function check(factory: FamilyFactory, kind: Kind, seed: number): Check {
  return {
    id: `random/${factory.name}/${kind}`,
    needs: [
      `loss:${factory.name}`,
      ...(kind === 'rows' ? needsOf(factory) : kind === 'soft' ? (['softLabels'] as const) : []),
    ],
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * seed);
      for (let call = 0; call < callsOf(subject); call++) {
        await judged(finding, drawn(factory, kind, subject, draw, call), (each, finding) =>
          compared(each, subject, finding),
        );
      }
    },
  };
}

/** Makes a call and compares it with the truth. */
async function compared({ factory, options, input }: RandomCall, subject: Subject, finding: Finding): Promise<void> {
  const tolerance = flushed(subject);
  const loss = factory.make(options);
  const truth = reference(loss).valueAndGrad(input.logits, input.targets, { shape: input.shape });
  const scales = whenAsked(() =>
    loss.link === 'softmax'
      ? rowScales(factory, loss, input)
      : scalesOfLabels(loss, input, 1, () => loss.alpha as number | undefined),
  );
  const { value, grad } = await subject.evaluate(loss, input);
  finding.compare('value', value, truth.value, { scale: scales.value, tolerance, place: placeOfTarget(input) });
  finding.compare('grad', grad, truth.grad, { scale: scales.grad, tolerance, place: placeOfLogit(input) });
}

/** The sizes of rows of one class, or of a place between two. */
function rowScales({ member }: FamilyFactory, loss: Loss, { logits, targets }: Input): Scales {
  const classes = logits.length / targets.length;
  const { alpha } = loss;
  const share = (c: number, target: number) =>
    (typeof alpha === 'object' ? alpha[c] : 1) *
    (member.targets === 'place' ? Math.max(1 - Math.abs(c - target), 0) : Number(c === target));
  const rows = targets.map((target) => Array.from({ length: classes }, (_, c) => share(c, target)));
  return scalesOfRows(loss, logits, rows, 1);
}

/** Places between classes give weight to two of them. */
const needsOf = ({ member }: FamilyFactory): readonly Feature[] =>
  member.targets === 'place' ? ['softmax', 'rowTargets'] : ['softmax'];

/** Random calls of every factory. */
export const randomCalls: Clause = {
  id: 'random',
  statement: 'calls drawn at random, all options at once, are accurate to twice what the vectors ask for',
  against: 'truth',
  // The 32 roundings of an honest float32, all in one direction, which in thousands of soft labels some have.
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: familyFactories.flatMap((factory, i) =>
    factory.link === 'softmax'
      ? [check(factory, 'rows', 60 + i)]
      : [check(factory, 'hard', 60 + i), check(factory, 'soft', 80 + i)],
  ),
};
