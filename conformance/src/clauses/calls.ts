/**
 * What holds for calls, whatever they compute: nothing leaks from one into another.
 *
 * @module
 */
import { formulas, type Part, sigmoidCrossEntropy, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import type { Need } from '../backend.ts';
import { nothing } from '../compare.ts';
import { comparedParts, usualParts } from '../deviation.ts';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { copyOf } from './answers.ts';
import { asked } from './asked.ts';
import { type Check, type Clause, law } from './clause.ts';
import { largeRepeated, mixedTogether } from './largeCalls.ts';
import { leakLaws } from './leaks.ts';
import { all, usual } from './losses.ts';
import { sample } from './sample.ts';

/** A call of each loss, and long ones and short ones in every reduction: threads share out the long ones. */
const repeated = [
  ...all.map((open) => ({ ...open, reduction: 'sum' as const, n: 1001 })),
  ...usual
    .filter(({ factory }) => factory.member === formulas.focal)
    .flatMap((open) =>
      ([1001, 9001] as const).flatMap((n) =>
        (['none', 'mean'] as const).map((reduction) => ({ ...open, reduction, n })),
      ),
    ),
];

const repeatable = law(
  'calls.repeatable',
  'the same call gives the same bits',
  [
    ...largeRepeated,
    ...repeated.map(({ id, make, classes, needs, reduction, n }) => ({
      id: reduction === 'sum' ? `calls.repeatable/${id}` : `calls.repeatable/${id}-${reduction}-${n}`,
      needs,
      async run(subject: Subject, finding: Finding) {
        const loss = make({ reduction });
        const input = sample({ seed: 21, n: Math.min(n, Math.floor(subject.largest / classes)), classes });
        // The very arrays too: nobody may go by them.
        const both = subject.prepare(loss, input);
        const alone = subject.prepare(loss, input, ['value']);
        const first = await subject.call(both);
        const { value } = await subject.call(alone);
        const askedAlone = async () => finding.compare('value', (await subject.call(alone)).value, value);
        // Three times, and now the one first, now the other: what takes turns comes round.
        for (let turn = 0; turn < (reduction === 'sum' ? 1 : 3); turn++) {
          if (turn % 2 === 0) await askedAlone();
          const again = turn % 2 === 0 ? await subject.call(both) : await subject.evaluate(loss, input);
          finding.compare('value', again.value, first.value);
          finding.compare('grad', again.grad, first.grad);
          if (turn % 2 === 1) await askedAlone();
        }
      },
    })),
  ],
  nothing,
);

const concurrent = law('calls.concurrent', 'calls that overlap in time each get their own answer', [
  {
    id: 'calls.concurrent/inputs',
    needs: [],
    async run(subject, finding) {
      const make = (i: number) =>
        [sigmoidFocal({ gamma: i, reduction: 'none' }), sigmoidFocal({ gamma: i }), sigmoidCrossEntropy()][i % 3];
      const calls = Array.from({ length: 12 }, (_, i) => ({
        loss: make(i),
        input: sample({ seed: 22 + i, n: 64 + 5 * (i % 4) }),
      }));
      // Together first: by now nothing is compiled for these losses, so that is part of the race.
      const together = await Promise.all(calls.map(({ loss, input }) => subject.evaluate(loss, input)));
      for (const [i, { loss, input }] of calls.entries()) {
        const alone = await subject.evaluate(loss, input);
        finding.compare('value', together[i].value, alone.value);
        finding.compare('grad', together[i].grad, alone.grad);
      }
    },
  },
  ...mixedTogether,
]);

/** What an answer is of, and the parts that are asked for. */
const kept: readonly { readonly id: string; readonly needs: readonly Need[]; readonly parts?: readonly Part[] }[] = [
  { id: 'none', needs: [] },
  { id: 'mean', needs: [] },
  { id: 'value', needs: [], parts: ['value'] },
  { id: 'softmax', needs: ['softmax'] },
  { id: 'hess', needs: ['hess'], parts: ['value', 'grad', 'hess'] },
  { id: 'posterior', needs: ['posterior'], parts: ['posterior'] },
];

const ownMemory = law(
  'calls.memory',
  'an answer stays what it was when the next call is made',
  // Memory of which there is much may come from elsewhere.
  [false, true].flatMap((large) =>
    kept.map(
      ({ id, needs, parts }): Check => ({
        id: `calls.memory/${id}${large ? '-large' : ''}`,
        needs,
        async run(subject, finding) {
          const reduction = id === 'mean' ? 'mean' : 'none';
          const classes = id === 'softmax' ? 3 : 1;
          const loss = (gamma: number) =>
            classes > 1 ? softmaxFocal({ gamma, reduction }) : sigmoidFocal({ gamma, reduction });
          const ask = (gamma: number, seed: number, n: number) => {
            const input = sample({ seed, n, classes });
            const targets = id === 'posterior' ? { targets: [] } : {};
            return subject.rawCall(subject.prepare(loss(gamma), { ...input, ...targets }, parts));
          };
          const n = large ? Math.floor(Math.min(20_011, subject.largest / 1.25) / classes) : 64;
          const first = await ask(2, 41, n);
          const before = copyOf(first);
          // Of the same length, and of another loss and length.
          await ask(2, 42, n);
          await ask(1, 43, Math.floor(n * 1.25));
          for (const part of comparedParts) finding.compare(part, first[part], before[part]);
        },
      }),
    ),
  ),
  nothing,
);

/** What a call of which the arrays are looked at has besides logits and targets. */
const given: readonly { readonly id: string; readonly needs: readonly Need[]; readonly input: Partial<Input> }[] = [
  {
    id: 'broadcast-weights',
    needs: ['weights', 'broadcastWeights'],
    input: { shape: [4, 16], weights: [...Array(16).keys()], weightsShape: [16] },
  },
  {
    id: 'broadcast-rows',
    needs: ['weights', 'broadcastWeights'],
    input: { shape: [4, 2, 8], weights: [1, 0.5], weightsShape: [2, 1] },
  },
  { id: 'axes', needs: ['axis'], input: { shape: [4, 2, 8] } },
];

const untouched = law(
  'calls.inputs',
  'logits, targets and weights are left as they were, and what says how they lie',
  [
    ...all.map(({ id, make, classes, needs }): Check => {
      const weighted = classes === 1;
      return {
        id: `calls.inputs/${id}`,
        needs: weighted ? [...needs, 'weights'] : needs,
        async run(subject, finding) {
          const input = sample({ seed: 44, n: 64, classes });
          const weights: Pick<Input, 'weights'> = weighted ? { weights: input.targets.map((_, i) => i % 3) } : {};
          await asked(subject, make({ reduction: 'mean' }), { ...input, ...weights }, usualParts, finding);
        },
      };
    }),
    ...given.map(
      ({ id, needs, input }): Check => ({
        id: `calls.inputs/${id}`,
        needs,
        async run(subject, finding) {
          const plain = sample({ seed: 44, n: 64 });
          const parts = [usualParts, ['value'], ...(subject.can('hess') ? [['value', 'grad', 'hess']] : [])] as const;
          for (const wants of parts)
            await asked(subject, sigmoidFocal(), { ...plain, ...input }, wants as readonly Part[], finding);
        },
      }),
    ),
  ],
  nothing,
);

/** Shapes of no logits at all. */
const nothings: readonly {
  readonly shape: readonly number[];
  readonly needs: readonly Need[];
  readonly softmax?: true;
}[] = [
  { shape: [0], needs: [] },
  { shape: [0, 3], needs: ['axis'] },
  { shape: [3, 0], needs: ['axis'] },
  { shape: [0, 3], needs: ['softmax'], softmax: true },
];

const ofNothing = law(
  'calls.empty',
  'of no logits there is no slope, no curvature and no probability, and nothing that is refused',
  nothings.flatMap(({ shape, needs, softmax }) =>
    kept
      .filter(({ id }) => id !== 'softmax')
      .map(
        ({ id, needs: own, parts }): Check => ({
          id: `calls.empty/${softmax ? 'softmax' : 'sigmoid'}-${shape.join('x')}-${id}`,
          needs: ['empty', ...needs, ...own],
          async run(subject, finding) {
            const reduction = id === 'mean' ? 'mean' : 'none';
            const loss = softmax ? softmaxFocal({ reduction }) : sigmoidFocal({ reduction });
            // Their lengths are looked at where they come in.
            const { value } = await subject.call(subject.prepare(loss, { logits: [], targets: [], shape }, parts));
            if (id === 'mean') finding.compare('value', value, 0);
          },
        }),
      ),
  ),
  nothing,
);

/** Laws of calls. Those of what is held are the last of all. */
export const callLaws: readonly Clause[] = [repeatable, concurrent, ownMemory, untouched, ofNothing, ...leakLaws];
