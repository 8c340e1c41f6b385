/**
 * Sums whose terms are many or tiny: what is lost is lost on the way, and never of a few ordinary terms.
 *
 * @module
 */
import { type Loss, reference, sigmoidCrossEntropy, softmaxCrossEntropy } from '@focal-loss/core';
import type { Need } from '../backend.ts';
import { allowances, type Dtype, formats, sumAllowances } from '../compare.ts';
import { round } from '../numbers.ts';
import type { Check, Clause } from './clause.ts';
import { usual } from './losses.ts';

const terms = 1e6;

const tinyMeans: Clause = {
  id: 'tiny-means',
  statement: 'a mean of losses near the least normal number keeps its digits: it is divided last',
  against: 'truth',
  allowance: (dtype, device) => Math.max(allowances[dtype][device], sumAllowances[dtype]),
  checks: [
    {
      id: `tiny-means/${terms}`,
      needs: [],
      async run(subject, finding) {
        const loss = sigmoidCrossEntropy();
        const logits = [round(Math.log(64 * formats[subject.dtype].tiny), subject.dtype)];
        const repeat = Math.min(terms, subject.largest);
        // The mean of equal losses is each of them.
        const truth = reference(loss).value(logits, [0]) as number;
        finding.compare('value', await subject.value(loss, { logits, targets: [0], repeat }), truth);
      },
    },
  ],
};

const manyClasses: Clause = {
  id: 'many-classes',
  statement: 'a row of thousands of classes is as accurate as a short one',
  against: 'truth',
  // In float64 any order of summation will do: 70,000 roundings of 2⁻⁵³ are 7.8e-12.
  allowance: (dtype, device) =>
    Math.max(allowances[dtype][device], sumAllowances[dtype] * (dtype === 'float64' ? 1e-2 : 1)),
  checks: usual
    .filter(({ factory }) => factory.link === 'softmax')
    .flatMap(({ id, make, needs }) =>
      [4096, 70_001].map(
        (classes): Check => ({
          id: `many-classes/${id}-${classes}`,
          needs,
          inapplicable: ({ largest }) => (classes > largest ? `at most ${largest} logits at once` : undefined),
          async run(subject, finding) {
            const loss = make({ reduction: 'none' });
            // All but one as far from the largest: a sum that loses digits loses the same ones each time.
            const logits = new Array<number>(classes).fill(round(0.3, subject.dtype));
            logits[0] = 1;
            // Beyond what 16 bits count to, where the format has such numbers.
            const input = { logits, targets: [subject.dtype === 'float16' ? 7 : classes - 3], shape: [1, classes] };
            const truth = reference(loss).valueAndGrad(input.logits, input.targets, { shape: input.shape });
            const { value, grad } = await subject.evaluate(loss, input);
            finding.compare('value', value, truth.value);
            finding.compare('grad', grad, truth.grad);
          },
        }),
      ),
    ),
};

/** More than a dispatch of 65,535 groups of 64 has, and of float32 more than it counts one by one, or has in groups of 256. */
const multitude = (dtype: Dtype) => (dtype === 'float32' ? 17e6 : 4.3e6);

const manyEntries: Clause = {
  id: 'many-entries',
  statement: 'of millions of entries the last is counted and added up as the first is',
  against: 'truth',
  allowance: (dtype, device) => Math.max(allowances[dtype][device], sumAllowances[dtype]),
  checks: [
    {
      id: 'many-entries/mean',
      needs: [],
      inapplicable: ({ largest, dtype }) =>
        multitude(dtype) > largest ? `at most ${largest} logits at once` : undefined,
      async run(subject, finding) {
        const loss = sigmoidCrossEntropy();
        const truth = reference(loss).value([0.5], [1]) as number;
        const input = { logits: [0.5], targets: [1], repeat: multitude(subject.dtype) };
        finding.compare('value', await subject.value(loss, input), truth);
      },
    },
  ],
};

/** What is added up in a call besides its losses. */
const accumulators: readonly { readonly id: string; readonly needs: readonly Need[]; readonly loss: Loss }[] = [
  { id: 'losses', needs: [], loss: sigmoidCrossEntropy({ reduction: 'sum' }) },
  { id: 'weighted', needs: ['weights'], loss: sigmoidCrossEntropy({ reduction: 'sum' }) },
  { id: 'weights', needs: ['weights'], loss: sigmoidCrossEntropy({ normalizer: 'weights' }) },
  { id: 'positives', needs: ['softLabels'], loss: sigmoidCrossEntropy({ normalizer: 'positives' }) },
  { id: 'examples', needs: ['examples'], loss: sigmoidCrossEntropy({ reduction: 'example' }) },
];

/** Rows of probabilities, whose shares of the classes that are no background are the denominator. */
const equalRows: Check = {
  id: 'equal-terms/rows',
  needs: ['softmax', 'rowTargets'],
  async run(subject, finding) {
    const own = (numbers: readonly number[]) => numbers.map((number) => round(number, subject.dtype));
    const row = { logits: own([0.3, -0.2, 0]), targets: own([0.4, 0.3, 0.3]), shape: [1, 3] };
    const count = Math.floor(Math.min(1e5, subject.largest / 3));
    const many = (numbers: readonly number[]) => Array.from({ length: 3 * count }, (_, i) => numbers[i % 3]);
    const input = { logits: many(row.logits), targets: many(row.targets), shape: [count, 3] };
    const one = reference(softmaxCrossEntropy({ reduction: 'sum' })).valueAndGrad(row.logits, row.targets, {
      shape: row.shape,
    });
    const positives = row.targets[1] + row.targets[2];
    const got = await subject.evaluate(softmaxCrossEntropy({ normalizer: 'positives', background: 0 }), input);
    finding.compare('value', got.value, (one.value as number) / positives);
    finding.compare(
      'grad',
      got.grad,
      one.grad.map((slope) => slope / (count * positives)),
    );
  },
};

const equalTerms: Clause = {
  id: 'equal-terms',
  statement: 'a long sum keeps its digits wherever it is taken: what rounds each time the same way adds up',
  against: 'truth',
  allowance: (dtype, device) => Math.max(2 * allowances[dtype][device], sumAllowances[dtype]),
  checks: [
    ...accumulators.map(
      ({ id, needs, loss }): Check => ({
        id: `equal-terms/${id}`,
        needs,
        async run(subject, finding) {
          const { dtype } = subject;
          // An example of more than a pass of 256 × 1024 has.
          const n = 2 * Math.floor(Math.min(id === 'examples' ? 6e5 : 2e5, subject.largest) / 2);
          const [logit, label, weight] = [
            round(0.3, dtype),
            id === 'positives' ? round(0.3, dtype) : 1,
            round(0.3, dtype),
          ];
          const all = (number: number) => new Array<number>(n).fill(number);
          const input = {
            logits: all(logit),
            targets: all(label),
            shape: [2, n / 2],
            ...(needs.includes('weights') && { weights: all(weight) }),
          };
          const { value, grad } = reference({ ...loss, reduction: 'none' }).valueAndGrad([logit], [label]);
          const one = (value as Float64Array)[0];
          const times = { losses: n, weighted: n * weight, weights: 1, positives: 1 / label, examples: n / 2 }[
            id
          ] as number;
          const slope = { losses: 1, weighted: weight, weights: 1 / n, positives: 1 / (n * label), examples: 1 }[
            id
          ] as number;
          const got = await subject.evaluate(loss, input);
          finding.compare('value', got.value, one * times);
          finding.compare('grad', got.grad, grad[0] * slope);
        },
      }),
    ),
    equalRows,
  ],
};

/** Clauses of long sums. */
export const longSums: readonly Clause[] = [tinyMeans, manyEntries, equalTerms, manyClasses];
