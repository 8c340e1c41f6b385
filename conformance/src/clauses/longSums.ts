/**
 * Sums whose terms are many or tiny: what is lost is lost on the way, and never of a few ordinary terms.
 *
 * @module
 */
import { reference, sigmoidCrossEntropy } from '@focal-loss/core';
import { allowances, formats, sumAllowances } from '../compare.ts';
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
  allowance: (dtype, device) => allowances[dtype][device],
  checks: usual
    .filter(({ factory }) => factory.link === 'softmax')
    .flatMap(({ id, make, needs }) =>
      [4096, 50_000].map(
        (classes): Check => ({
          id: `many-classes/${id}-${classes}`,
          needs,
          inapplicable: ({ largest }) => (classes > largest ? `at most ${largest} logits at once` : undefined),
          async run(subject, finding) {
            const loss = make({ reduction: 'none' });
            const input = { logits: new Array<number>(classes).fill(1), targets: [7], shape: [1, classes] };
            const truth = reference(loss).valueAndGrad(input.logits, input.targets, { shape: input.shape });
            const { value, grad } = await subject.evaluate(loss, input);
            finding.compare('value', value, truth.value);
            finding.compare('grad', grad, truth.grad);
          },
        }),
      ),
    ),
};

/** Clauses of long sums. */
export const longSums: readonly Clause[] = [tinyMeans, manyClasses];
