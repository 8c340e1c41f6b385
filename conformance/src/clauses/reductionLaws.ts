/**
 * Laws of what is made of many entries: sums, denominators, ignored and weighted entries.
 *
 * @module
 */
import { sigmoidFocal } from '@focal-loss/core';
import type { Finding } from '../finding.ts';
import { losses, type Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { type Clause, law } from './clause.ts';
import { all, type OpenLoss } from './losses.ts';
import { random } from './random.ts';
import { sample } from './sample.ts';

const sampleFor = ({ classes }: OpenLoss, seed: number) => sample({ seed, n: 101, classes });

/** Entries of `input`, picked and ordered by index. */
function pick(input: Input, entries: readonly number[]): Input {
  const classes = input.shape?.[1] ?? 1;
  const picked = {
    logits: entries.flatMap((i) => input.logits.slice(i * classes, (i + 1) * classes)),
    targets: entries.map((i) => input.targets[i]),
  };
  return input.shape === undefined ? picked : { ...picked, shape: [entries.length, classes] };
}

/** Numbers that belong to logits, picked like {@link pick}. */
function pickOfLogits(numbers: ArrayLike<number>, entries: readonly number[], { shape }: Input): number[] {
  const classes = shape?.[1] ?? 1;
  return entries.flatMap((i) => Array.from({ length: classes }, (_, j) => numbers[i * classes + j]));
}

const permutation = law(
  'laws.permutation',
  'the order of the entries does not matter',
  all.flatMap((open) =>
    (['sum', 'mean'] as const).map((reduction) => ({
      id: `laws.permutation/${open.id}-${reduction}`,
      needs: open.needs,
      async run(subject: Subject, finding: Finding) {
        const loss = open.make({ reduction });
        const input = sampleFor(open, 11);
        const next = random(12);
        const keys = input.targets.map(next);
        const order = keys.map((_, i) => i).sort((a, b) => keys[a] - keys[b]);
        const straight = await subject.evaluate(loss, input);
        const shuffled = await subject.evaluate(loss, pick(input, order));
        finding.compare('value', shuffled.value, straight.value);
        finding.compare('grad', shuffled.grad, pickOfLogits(straight.grad, order, input));
      },
    })),
  ),
);

const ignored = law(
  'laws.ignore',
  'an ignored entry changes as much as one that is not there, whatever its logit',
  all.flatMap((open) =>
    (['sum', 'mean'] as const).map((reduction) => ({
      id: `laws.ignore/${open.id}-${reduction}`,
      needs: ['ignoreIndex', ...open.needs] as const,
      async run(subject: Subject, finding: Finding) {
        const loss = open.make({ reduction, ignoreIndex: -100 });
        const whole = sampleFor(open, 13);
        const classes = whole.shape?.[1] ?? 1;
        const silent = (i: number) => i % 3 === 1;
        const kept = whole.targets.map((_, i) => i).filter((i) => !silent(i));
        const masked = {
          ...whole,
          logits: whole.logits.map((x, i) => (silent(Math.floor(i / classes)) ? 1000 * Math.sign(x) : x)),
          targets: whole.targets.map((y, i) => (silent(i) ? -100 : y)),
        };
        const got = await subject.evaluate(loss, masked);
        const truth = await subject.evaluate(loss, pick(whole, kept));
        finding.compare('value', got.value, truth.value);
        finding.compare('grad', pickOfLogits(got.grad, kept, whole), truth.grad);
        const rest = Array.from(got.grad).filter((_, i) => silent(Math.floor(i / classes)));
        finding.expect(
          rest.every((g) => g === 0),
          () => `ignored entries have gradients: ${rest.find((g) => g !== 0)}`,
        );
      },
    })),
  ),
);

const copies = law(
  'laws.weights',
  'weight k is k copies of the entry',
  all.flatMap((open) =>
    (['sum', 'mean'] as const).map((reduction) => ({
      id: `laws.weights/${open.id}-${reduction}`,
      needs: ['weights', ...open.needs] as const,
      async run(subject: Subject, finding: Finding) {
        const loss = open.make(reduction === 'sum' ? { reduction } : { reduction, normalizer: 'weights' });
        const input = sampleFor(open, 14);
        const weights = input.targets.map((_, i) => i % 4);
        const entries = weights.flatMap((k, i) => new Array<number>(k).fill(i));
        const weighted = await subject.evaluate(loss, { ...input, weights });
        const copied = await subject.evaluate(loss, pick(input, entries));
        finding.compare('value', weighted.value, copied.value);
        const classes = input.shape?.[1] ?? 1;
        const perCopy = Array.from(weighted.grad, (g, i) => g / weights[Math.floor(i / classes)]);
        finding.compare('grad', copied.grad, pickOfLogits(perCopy, entries, input));
      },
    })),
  ),
);

const parts = law(
  'laws.parts',
  'parts computed apart with the normalizer of the whole add up to the whole (data-parallel training)',
  all.map((open) => ({
    id: `laws.parts/${open.id}`,
    needs: ['normalizer', ...open.needs] as const,
    async run(subject, finding) {
      const loss = open.make({ reduction: 'mean' });
      const input = sampleFor(open, 15);
      const entries = input.targets.map((_, i) => i);
      const whole = await subject.evaluate(loss, input);
      let sum = 0;
      const grad: number[] = [];
      for (const [from, to] of [
        [0, 7],
        [7, 64],
        [64, 101],
      ]) {
        const part = { ...pick(input, entries.slice(from, to)), normalizer: entries.length };
        const answer = await subject.evaluate(loss, part);
        sum += answer.value as number;
        grad.push(...Array.from(answer.grad));
      }
      finding.compare('value', sum, whole.value);
      finding.compare('grad', grad, whole.grad);
    },
  })),
);

const meanOfSum = law('laws.mean', "'mean' is 'sum' divided by the count, and 'sum' the sum of 'none'", [
  {
    id: 'laws.mean/sigmoidFocal',
    needs: [],
    async run(subject, finding) {
      const input = sample({ seed: 16, n: 96 });
      // More than one dimension: the count is of entries, not of rows.
      const shaped = { ...input, shape: [8, 12] };
      const of = (reduction: 'none' | 'sum' | 'mean') => subject.evaluate(sigmoidFocal({ reduction }), shaped);
      const [none, sum, mean] = [await of('none'), await of('sum'), await of('mean')];
      const total = Array.from(losses(none.value)).reduce((a, b) => a + b, 0);
      finding.compare('value', sum.value, total);
      finding.compare('value', mean.value, total / 96);
      finding.compare('grad', sum.grad, none.grad);
      finding.compare(
        'grad',
        mean.grad,
        Array.from(none.grad, (g) => g / 96),
      );
    },
  },
]);

/** Laws of reductions. */
export const reductionLaws: readonly Clause[] = [permutation, ignored, copies, parts, meanOfSum];
