/**
 * What holds for calls, whatever they compute: nothing leaks from one into another.
 *
 * @module
 */
import { sigmoidCrossEntropy, sigmoidFocal, sigmoidFocalStar } from '@focal-loss/core';
import { nothing } from '../compare.ts';
import { usualParts } from '../deviation.ts';
import type { CheckedAnswer, Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { type Check, type Clause, law } from './clause.ts';
import { all } from './losses.ts';
import { sample } from './sample.ts';

/** A deep copy, safe from whatever the backend does to its arrays afterwards. */
const copy = ({ value, grad, ...rest }: CheckedAnswer): CheckedAnswer => ({
  ...rest,
  value: typeof value === 'number' ? value : Array.from(value),
  grad: Array.from(grad),
});

const repeatable = law(
  'calls.repeatable',
  'the same call gives the same bits',
  all.map(({ id, make, classes, needs }) => ({
    id: `calls.repeatable/${id}`,
    needs,
    async run(subject, finding) {
      const loss = make({ reduction: 'sum' });
      const input = sample({ seed: 21, n: 1001, classes });
      const first = await subject.evaluate(loss, input);
      const second = await subject.evaluate(loss, input);
      finding.compare('value', second.value, first.value);
      finding.compare('grad', second.grad, first.grad);
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

const ownMemory = law(
  'calls.memory',
  'an answer stays what it was when the next call is made',
  (['none', 'mean'] as const).map(
    (reduction): Check => ({
      id: `calls.memory/${reduction}`,
      needs: [],
      async run(subject, finding) {
        const loss = sigmoidFocal({ reduction });
        const first = await subject.rawCall(subject.prepare(loss, sample({ seed: 41, n: 64 })));
        const before = copy(first);
        await subject.evaluate(loss, sample({ seed: 42, n: 64 }));
        await subject.evaluate(sigmoidFocalStar({ reduction }), sample({ seed: 43, n: 80 }));
        finding.compare('value', first.value, before.value);
        finding.compare('grad', first.grad, before.grad);
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

const leaks = law(
  'calls.leaks',
  'the hundredth call holds on to no more than the tenth',
  [usualParts, ['value'] as const].map(
    (wants): Check => ({
      id: `calls.leaks/${wants.join('-and-')}`,
      needs: [],
      inapplicable: untold,
      async run(subject, finding) {
        const input = sample({ seed: 45, n: 64 });
        const losses = [sigmoidFocal(), sigmoidCrossEntropy({ reduction: 'none' })];
        const ask = async (times: number) => {
          for (let i = 0; i < times; i++) await subject.call(subject.prepare(losses[i % 2], input, wants));
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
