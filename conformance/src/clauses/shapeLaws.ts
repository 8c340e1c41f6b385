/**
 * Laws of how many entries there are, and how they lie.
 *
 * @module
 */
import { formulas, sigmoidFocal } from '@focal-loss/core';
import { sumAllowances, twice } from '../compare.ts';
import { type CheckedAnswer, losses, type Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { type Check, type Clause, law } from './clause.ts';
import { type OpenLoss, usual } from './losses.ts';
import { sample } from './sample.ts';

/** Around what kernels work in: vectors of 4, blocks of 64 and 256. */
const counts = [1, 4, 64, 256].flatMap((size) => [size - 1, size, size + 1]).filter((n) => n > 0);

/** Around the chunks of 65,536 that calls are cut into, whatever the loss. */
const largeCounts = [65535, 65536, 65537];

/** A prime, so that no block of a kernel meets the same entries twice. */
const period = 61;

const countsOf = ({ factory }: OpenLoss) => (factory.member === formulas.focal ? [...counts, ...largeCounts] : counts);

const sizes = law(
  'laws.sizes',
  'what becomes of an entry does not depend on how many others there are',
  usual.flatMap((open) => {
    const { id, make, classes, needs } = open;
    const once = sample({ seed: 51, n: period, classes });
    const answers = new WeakMap<Subject, Promise<CheckedAnswer>>();
    /** Asked for once: the sizes differ, and what they are compared with does not. */
    const fewOf = (subject: Subject) => {
      const known = answers.get(subject) ?? subject.evaluate(make({ reduction: 'none' }), once);
      answers.set(subject, known);
      return known;
    };
    return countsOf(open).map(
      (n): Check => ({
        id: `laws.sizes/${id}-${n}`,
        needs,
        inapplicable: ({ largest }) => (n * classes > largest ? `at most ${largest} logits at once` : undefined),
        async run(subject, finding) {
          const few = await fewOf(subject);
          const many = cycled(once, n, classes);
          const { value, grad } = await subject.evaluate(make({ reduction: 'none' }), many);
          finding.compare('value', value, few.value);
          finding.compare('grad', grad, few.grad);
          const sum = await subject.evaluate(make({ reduction: 'sum' }), many);
          const total = cycledSum(losses(few.value), n);
          finding.compare('value', sum.value, total);
          finding.compare('grad', sum.grad, few.grad);
        },
      }),
    );
  }),
  // What a sum of so many may be off by is far less than one entry of them.
  (dtype, device) => Math.max(twice(dtype, device), sumAllowances[dtype]),
);

/** The first n entries of an input repeated without end. */
function cycled({ logits, targets }: Input, n: number, classes: number): Input {
  const cycle = (numbers: readonly number[], length: number) => {
    const all = new Array<number>(length);
    for (let i = 0; i < length; i++) all[i] = numbers[i % numbers.length];
    return all;
  };
  const entries = { logits: cycle(logits, n * classes), targets: cycle(targets, n) };
  return classes === 1 ? entries : { ...entries, shape: [n, classes] };
}

/** The sum of those entries, of few roundings. */
function cycledSum(numbers: ArrayLike<number>, n: number): number {
  const sum = (length: number) => Array.from({ length }, (_, i) => numbers[i]).reduce((a, b) => a + b, 0);
  return Math.floor(n / numbers.length) * sum(numbers.length) + sum(n % numbers.length);
}

const shapes = law(
  'laws.shapes',
  'logits of a sigmoid may lie in any shape, dimensions of one included',
  [
    [96, 1],
    [1, 96],
    [8, 12],
    [2, 3, 16],
    [2, 1, 4, 3, 4],
  ].map(
    (shape): Check => ({
      id: `laws.shapes/${shape.join('x')}`,
      needs: [],
      async run(subject, finding) {
        const flat = sample({ seed: 52, n: 96 });
        for (const reduction of ['none', 'mean'] as const) {
          const loss = sigmoidFocal({ reduction });
          const truth = await subject.evaluate(loss, flat);
          const { value, grad } = await subject.evaluate(loss, { ...flat, shape });
          finding.compare('value', value, truth.value);
          finding.compare('grad', grad, truth.grad);
        }
      },
    }),
  ),
);

/** Laws of sizes and shapes. */
export const shapeLaws: readonly Clause[] = [sizes, shapes];
