/**
 * Long calls one after the other that differ in a number or two, anywhere: what is kept for long arrays is not known by a few of their
 * numbers. What did not change answers as before, and what did is compared with the truth.
 *
 * @module
 */
import type { Part } from '@focal-loss/core';
import type { Numbers } from '../backend.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import { type CheckedAnswer, losses, type Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Check } from './clause.ts';
import { Draw } from './draw.ts';
import { withTruth } from './posteriors.ts';
import { judgeOf } from './randomOptions.ts';
import { sample } from './sample.ts';

type Field = 'logits' | 'targets' | 'weights';

/** Another number in the place of one, in steps that every format has. */
const changes: Readonly<Record<Field, (number: number, classes: number) => number>> = {
  logits: (x) => (x > 0 ? x - 0.5 : x + 0.5),
  targets: (y, classes) => (y + 1) % Math.max(2, classes),
  weights: (w) => w + 0.25,
};

const lengthOf = (subject: Subject, draw: Draw, classes: number) =>
  Math.floor(Math.min(draw.between(20_000, 70_001), subject.largest) / classes);

const check = (name: 'sigmoidFocal' | 'softmaxFocal', i: number): Check => ({
  id: `random.sequences/long-${name}`,
  needs: [`loss:${name}`, ...(name === 'softmaxFocal' ? (['softmax'] as const) : [])],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * (750 + i));
    const factory = familyFactories.find((one) => one.name === name) as FamilyFactory;
    const options = { reduction: 'none' };
    const loss = factory.make(options);
    const classes = name === 'softmaxFocal' ? 3 : 1;
    const n = lengthOf(subject, draw, classes);
    const plain = sample({ seed: 70 + i, n, span: 4, classes });
    const weighted = subject.can('weights') && { weights: plain.targets.map((_, k) => 1 + (k % 7) / 4) };
    const given: Input = { ...plain, ...weighted };
    const wants: readonly Part[] = ['value', 'grad'];
    const { shape, targets, logits, weights } = subject.prepare(loss, given, wants);
    const base = { logits, targets, ...(weights && { weights }) };
    const ask = async (arrays: typeof base) => {
      const call = { ...subject.prepare(loss, { logits: [], targets: [], shape }, wants), wants, ...arrays };
      return subject.call(call);
    };
    const before = await ask(base);
    const fields: Field[] = ['logits', 'targets', ...(weights ? (['weights'] as const) : [])];
    for (const [turn, field] of [...fields, 'logits' as const, 'targets' as const].entries()) {
      const old = base[field] as Numbers;
      // Another number, or two in each other's place, which leaves a sum of them as it was; not one that everybody looks at.
      const at = 1 + Math.floor(draw.next() * (old.length - 3));
      const isSwap = turn === fields.length;
      const own = turn % 2 === 0 ? old.slice() : old;
      const [one, other] = [own[at], own[at + 1]];
      own[at] = isSwap ? other : changes[field](one, classes);
      if (isSwap) own[at + 1] = one;
      const arrays = { ...base, [field]: own };
      const perRow = field === 'logits' ? classes : 1;
      const rows = new Set([at, ...(isSwap ? [at + 1] : [])].map((k) => Math.floor(k / perRow)));
      const answer = await ask(arrays);
      const failedBefore = finding.failed;
      for (const row of rows) {
        const input = rowOf(arrays, row, classes);
        judgeOf({ factory, options, input }, subject)(partOf(answer, row, classes), finding);
      }
      unchanged(answer, before, rows, classes, finding);
      own[at] = one;
      own[at + 1] = other;
      if (finding.failed && !failedBefore) {
        return finding.fail(
          `of ${old.length} ${field} that at ${at} was another, ${own === old ? 'in the same array' : 'in a copy'}`,
        );
      }
    }
  },
});

/** One row of a call. */
function rowOf(arrays: { logits: Numbers; targets: Numbers; weights?: Numbers }, row: number, classes: number): Input {
  const { logits, targets, weights } = arrays;
  return {
    logits: Array.from(logits.subarray(row * classes, (row + 1) * classes)),
    targets: [targets[row]],
    shape: classes > 1 ? [1, classes] : [1],
    ...(weights && { weights: [weights[row]] }),
  };
}

const slice = (numbers: ArrayLike<number>, from: number, to: number) =>
  Array.from({ length: to - from }, (_, k) => numbers[from + k]);

/** Of an answer what belongs to a row. */
const partOf = ({ value, grad }: CheckedAnswer, row: number, classes: number): CheckedAnswer => ({
  value: slice(losses(value), row, row + 1),
  grad: slice(grad, row * classes, (row + 1) * classes),
  hess: [],
  posterior: [],
});

/** Compares rows that were not changed with what they were. */
function unchanged(
  now: CheckedAnswer,
  before: CheckedAnswer,
  changed: ReadonlySet<number>,
  classes: number,
  finding: Finding,
): void {
  const expected = (got: ArrayLike<number>, old: ArrayLike<number>, each: number) => {
    const all = Array.from(old);
    for (const row of changed) for (let k = row * each; k < (row + 1) * each; k++) all[k] = got[k];
    return all;
  };
  finding.compare('value', now.value, expected(losses(now.value), losses(before.value), 1));
  finding.compare('grad', now.grad, expected(now.grad, before.grad, classes));
}

/** The probabilities of long arrays. */
const ofPosteriors: Check = {
  id: 'random.sequences/long-posterior',
  needs: ['posterior', 'loss:sigmoidFocal'],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 755);
    const factory = familyFactories.find(({ name }) => name === 'sigmoidFocal') as FamilyFactory;
    const loss = factory.make();
    const { logits: numbers } = sample({ seed: 75, n: lengthOf(subject, draw, 1), span: 4 });
    const call = subject.prepare(loss, { logits: numbers, targets: [] }, ['posterior']);
    const ask = async (logits: Numbers) => (await subject.call({ ...call, wants: ['posterior'], logits })).posterior;
    const before = Array.from(await ask(call.logits));
    for (const own of [call.logits.slice(), call.logits]) {
      const at = 1 + Math.floor(draw.next() * (own.length - 2));
      own[at] = changes.logits(own[at], 1);
      const told = withTruth(loss, { logits: [own[at]] });
      const got = await ask(own);
      if (told) finding.compare('posterior', got[at], told.truth, { scale: (k) => 2 * told.scale(k) });
      finding.compare(
        'posterior',
        got,
        before.map((one, k) => (k === at ? got[at] : one)),
      );
    }
  },
};

/** Checks of what is kept of long arrays. */
export const longSequences: readonly Check[] = [
  ...(['sigmoidFocal', 'softmaxFocal'] as const).map(check),
  ofPosteriors,
];
