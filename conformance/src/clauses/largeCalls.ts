/**
 * Laws of calls that are large, and of calls of every kind at once: what is shared out to threads, and what waits for its turn.
 *
 * @module
 */
import { type Loss, type Part, sigmoidCrossEntropy, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import type { Need } from '../backend.ts';
import { comparedParts, usualParts } from '../deviation.ts';
import type { CheckedAnswer, Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Check } from './clause.ts';
import { sample } from './sample.ts';

/** More than one chunk of 65,536, and a number that comes out even nowhere. */
const LARGE = 70_001;

interface Large {
  readonly id: string;
  readonly needs: readonly Need[];
  readonly loss: Loss;
  readonly input: (subject: Subject) => Input;
}

const entries = ({ largest }: Subject) => sample({ seed: 23, n: Math.min(LARGE, largest) });
const rows = ({ largest }: Subject) => sample({ seed: 23, n: Math.floor(Math.min(LARGE, largest) / 3), classes: 3 });
/** Quarters, which every format has. */
const weighted = (input: Input) => ({ ...input, weights: input.targets.map((_, i) => ((i * 7) % 13) / 4) });

/** Every sum that threads add to: values, denominators, examples. */
const large: readonly Large[] = [
  { id: 'sum', needs: [], loss: sigmoidFocal({ reduction: 'sum' }), input: entries },
  {
    id: 'mean-of-weights',
    needs: ['weights'],
    loss: sigmoidFocal({ reduction: 'mean', normalizer: 'weights' }),
    input: (subject) => weighted(entries(subject)),
  },
  {
    id: 'examples',
    needs: ['examples'],
    loss: sigmoidFocal({ reduction: 'example' }),
    input(subject) {
      const n = Math.floor(Math.min(LARGE, subject.largest) / 2);
      return { ...sample({ seed: 23, n: 2 * n }), shape: [2, n] };
    },
  },
  { id: 'softmax', needs: ['softmax'], loss: softmaxFocal({ reduction: 'sum' }), input: rows },
];

/** The parts that a backend has, at once. */
const partsOf = (subject: Subject): readonly Part[] => (subject.can('hess') ? [...usualParts, 'hess'] : usualParts);

/** The same bits: threads that add up in the order in which they end give others. */
export const largeRepeated: readonly Check[] = large.map(({ id, needs, loss, input }) => ({
  id: `calls.repeatable/large-${id}`,
  needs,
  inapplicable: ({ device }) =>
    device === 'gpu' && id !== 'sum' && id !== 'softmax' ? 'a program more for what smaller calls show' : undefined,
  async run(subject, finding) {
    const given = input(subject);
    const call = subject.prepare(loss, given, id === 'sum' ? partsOf(subject) : usualParts);
    const alone = subject.prepare(loss, given, ['value']);
    const first = await subject.call(call);
    const { value } = await subject.call(alone);
    // Not in turn: what takes turns itself would be the same for each.
    for (const again of [alone, call, call, alone]) {
      const answer = await subject.call(again);
      if (again === alone) finding.compare('value', answer.value, value);
      else for (const part of comparedParts) finding.compare(part, answer[part], first[part]);
    }
  },
}));

/** A call of those that overlap. */
interface Mixed {
  readonly loss: Loss;
  readonly input: Input;
  readonly wants: readonly Part[];
}

/** Calls of each kind that a backend answers, of the same lengths and of others. */
function mixed(subject: Subject, sizes: readonly number[]): Mixed[] {
  const kinds: readonly (readonly Part[])[] = [
    usualParts,
    usualParts,
    ['value'],
    ...(subject.can('posterior') ? [['posterior' as const]] : []),
    ...(subject.can('hess') ? [partsOf(subject)] : []),
  ];
  const softmax = subject.can('softmax');
  const losses = [
    sigmoidFocal({ reduction: 'none' }),
    softmax ? softmaxFocal() : sigmoidFocal(),
    sigmoidCrossEntropy({ reduction: 'sum' }),
  ];
  return sizes.flatMap((size, k) => {
    const loss = losses[k % losses.length];
    const classes = loss.link === 'softmax' ? 3 : 1;
    // Of the largest no more than what threads and memory are taken for.
    const own = size < 40_000 ? kinds : kinds.slice(0, 2);
    return own.map((wants, turn): Mixed => {
      const input = sample({ seed: 60 + 8 * k + turn, n: Math.floor(size / classes), classes });
      return { loss, wants, input: wants.includes('posterior') ? { ...input, targets: [] } : input };
    });
  });
}

const timer = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const turns = (count: number) => async () => {
  for (let i = 0; i < count; i++) await undefined;
};

/** How long it is until the next call begins: others are then at their beginning, in their midst, or in wait for their turn. */
const pauses = [turns(0), turns(20), timer, turns(1), turns(0), turns(5), timer];

const overlapping = (id: string, sizesFor: (largest: number) => readonly number[]): Check => ({
  id: `calls.concurrent/${id}`,
  needs: [],
  async run(subject, finding) {
    const calls = mixed(subject, sizesFor(subject.largest));
    // One call begins while another is under way; of small ones in the other order, too.
    for (const order of id === 'large' ? [calls] : [calls, [...calls].reverse()]) {
      const started: Promise<CheckedAnswer>[] = [];
      for (const [i, { loss, input, wants }] of order.entries()) {
        const one = subject.call(subject.prepare(loss, input, wants));
        // What it throws meanwhile is told when all are there, and is no rejection that nobody catches.
        one.catch(() => {});
        started.push(one);
        await pauses[i % pauses.length]();
      }
      const together = await Promise.all(started);
      for (const [i, { loss, input, wants }] of order.entries()) {
        const alone = await subject.call(subject.prepare(loss, input, wants));
        for (const part of comparedParts) finding.compare(part, together[i][part], alone[part]);
        if (finding.failed) return;
      }
    }
  },
});

/** Every part at the same time, and large calls, for which a backend may have other workers and other memory. */
export const mixedTogether: readonly Check[] = [
  overlapping('parts', () => [60, 60, 60, 99, 12]),
  overlapping('large', (largest) => [5003, 20_011, LARGE].map((n) => Math.min(n, largest))),
];
