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
import { type Check, type Clause, law } from './clause.ts';
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
  repeated.map(({ id, make, classes, needs, reduction, n }) => ({
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
      // Three times: what takes turns comes round.
      for (let turn = 0; turn < (reduction === 'sum' ? 1 : 3); turn++) {
        const again = turn % 2 === 0 ? await subject.call(both) : await subject.evaluate(loss, input);
        finding.compare('value', again.value, first.value);
        finding.compare('grad', again.grad, first.grad);
        finding.compare('value', (await subject.call(alone)).value, value);
      }
    },
  })),
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
  kept.map(
    ({ id, needs, parts }): Check => ({
      id: `calls.memory/${id}`,
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
        const first = await ask(2, 41, 64);
        const before = copyOf(first);
        // Of the same length, and of another loss and length.
        await ask(2, 42, 64);
        await ask(1, 43, 80);
        for (const part of comparedParts) finding.compare(part, first[part], before[part]);
      },
    }),
  ),
  nothing,
);

const untouched = law(
  'calls.inputs',
  'logits, targets and weights are left as they were',
  all.map(({ id, make, classes }): Check => {
    const weighted = classes === 1;
    return {
      id: `calls.inputs/${id}`,
      needs: weighted ? ['weights'] : ['softmax'],
      async run(subject, finding) {
        const input = sample({ seed: 44, n: 64, classes });
        const weights: Pick<Input, 'weights'> = weighted ? { weights: input.targets.map((_, i) => i % 3) } : {};
        const given = { ...input, ...weights };
        const call = subject.prepare(make({ reduction: 'mean' }), given);
        await subject.call(call);
        for (const name of ['logits', 'targets', 'weights', 'shape'] as const) {
          const same = (given[name] ?? []).every((value, i) => Object.is(call[name]?.[i], value));
          finding.expect(same, () => `${name} were changed`);
        }
      },
    };
  }),
  nothing,
);

const untold = (subject: Subject) => (subject.tellsResources ? undefined : 'the backend does not count its resources');

/** What a hundred calls are made of, and what they need. */
const leaky: readonly { readonly id: string; readonly needs: readonly Need[]; readonly parts?: readonly Part[] }[] = [
  { id: 'value-and-grad', needs: [] },
  { id: 'value', needs: [], parts: ['value'] },
  { id: 'softmax', needs: ['softmax'] },
  { id: 'weights', needs: ['weights'] },
  { id: 'refused', needs: [] },
  { id: 'hess', needs: ['hess'], parts: ['value', 'grad', 'hess'] },
  { id: 'posterior', needs: ['posterior'], parts: ['posterior'] },
];

const leaks = law(
  'calls.leaks',
  'the hundredth call holds on to no more than the tenth, whatever it asks for and whether it is refused or not',
  leaky.map(
    ({ id, needs, parts = usualParts }): Check => ({
      id: `calls.leaks/${id}`,
      needs,
      inapplicable: untold,
      async run(subject, finding) {
        const softmax = id === 'softmax';
        const plain = sample({ seed: 45, n: 64, classes: softmax ? 3 : 1 });
        const weights = id === 'weights' ? { weights: plain.targets.map((_, i) => i % 3) } : {};
        const bad = id === 'refused' ? { targets: plain.targets.map((y, i) => (i === 40 ? 7 : y)) } : {};
        const told = id === 'posterior' ? { targets: [] } : {};
        const losses = softmax
          ? [softmaxFocal(), softmaxFocal({ reduction: 'none' })]
          : [sigmoidFocal(), sigmoidCrossEntropy({ reduction: 'none' })];
        const ask = async (times: number) => {
          for (let i = 0; i < times; i++) {
            const call = subject.prepare(losses[i % 2], { ...plain, ...weights, ...bad, ...told }, parts);
            // Refused, or answered with NaN.
            await (id === 'refused' ? subject.rawCall(call).catch(() => {}) : subject.call(call));
          }
          return subject.resources();
        };
        const [early, late] = [await ask(10), await ask(90)];
        finding.expect(late <= early, () => `held ${early} resources after 10 calls, ${late} after 100`);
      },
    }),
  ),
  nothing,
);

const disposal = law(
  'calls.disposal',
  'closed, a backend holds no more than before its first call',
  [
    {
      id: 'calls.disposal/close',
      needs: [],
      inapplicable: untold,
      async run(subject, finding) {
        const before = await subject.resourcesAtFirst();
        await subject.evaluate(sigmoidFocal(), sample({ seed: 46, n: 64 }));
        await subject.close();
        const after = await subject.resources();
        finding.expect(after <= before, () => `held ${before} resources before the first call, ${after} after close`);
      },
    },
  ],
  nothing,
);

/** Laws of calls. Disposal is the last of all clauses: nothing can be asked after it. */
export const callLaws: readonly Clause[] = [repeatable, concurrent, ownMemory, untouched, leaks, disposal];
