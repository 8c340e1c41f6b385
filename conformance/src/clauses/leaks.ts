/**
 * What a backend holds on to after its calls, and after its end.
 *
 * @module
 */
import { type Loss, type Part, sigmoidCrossEntropy, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import type { Need } from '../backend.ts';
import { nothing } from '../compare.ts';
import { usualParts } from '../deviation.ts';
import { familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { type Check, type Clause, law } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall } from './drawCall.ts';
import { isKnown } from './needs.ts';
import { sample } from './sample.ts';

const untold = (subject: Subject) => (subject.tellsResources ? undefined : 'the backend does not count its resources');

/** What a hundred calls are made of, and what they need. */
interface Leaky {
  readonly id: string;
  readonly needs: readonly Need[];
  readonly parts?: readonly Part[];
  /** Other losses than the usual two of the kind. */
  readonly losses?: readonly Loss[];
  /** At a softmax. */
  readonly classes?: 3;
  readonly change?: (plain: Input) => Partial<Input>;
  /** Whether it is to be refused, or answered with NaN. */
  readonly refused?: boolean;
  /** Entries, 64 unless given: what is staged for many may be other than for few. */
  readonly n?: number;
}

const weighted = ({ targets }: Input) => ({ weights: targets.map((_, i) => i % 3) });
const badAt = (numbers: readonly number[], to: number) => numbers.map((one, i) => (i === 40 ? to : one));

/** The classes first: the numbers are as good in that order as in any. */
const classesFirst = ({ shape = [] }: Input) => ({ shape: [...shape].reverse(), axis: 0 });

const leaky: readonly Leaky[] = [
  { id: 'value-and-grad', needs: [] },
  { id: 'value', needs: [], parts: ['value'] },
  { id: 'softmax', needs: ['softmax'], classes: 3 },
  { id: 'weights', needs: ['weights'], change: weighted },
  { id: 'refused', needs: [], refused: true, change: ({ targets }) => ({ targets: badAt(targets, 7) }) },
  {
    id: 'refused-weights',
    needs: ['weights'],
    refused: true,
    change: (plain) => ({ weights: badAt(weighted(plain).weights, -1) }),
  },
  {
    id: 'refused-hess',
    needs: ['hess'],
    parts: ['value', 'grad', 'hess'],
    refused: true,
    change: ({ targets }) => ({ targets: badAt(targets, 7) }),
  },
  {
    id: 'refused-classes',
    needs: ['softmax'],
    classes: 3,
    refused: true,
    change: ({ targets }) => ({ targets: badAt(targets, 7) }),
  },
  { id: 'axis', needs: ['softmax', 'axis'], classes: 3, change: classesFirst },
  { id: 'axis-value', needs: ['softmax', 'axis'], classes: 3, parts: ['value'], change: classesFirst },
  {
    id: 'rows',
    needs: ['softmax', 'rowTargets'],
    classes: 3,
    change: ({ logits }) => ({ targets: logits.map((_, i) => [0.25, 0.5, 0.25][i % 3]) }),
  },
  {
    id: 'broadcast-weights',
    needs: ['weights', 'broadcastWeights'],
    change: () => ({ shape: [8, 8], weights: [1, 0, 2, 1, 1, 3, 0, 1], weightsShape: [8, 1] }),
  },
  {
    id: 'examples',
    needs: ['examples'],
    losses: [sigmoidFocal({ reduction: 'example' }), sigmoidCrossEntropy({ reduction: 'example' })],
    change: () => ({ shape: [8, 8] }),
  },
  { id: 'hess', needs: ['hess'], parts: ['value', 'grad', 'hess'] },
  { id: 'posterior', needs: ['posterior'], parts: ['posterior'], change: () => ({ targets: [] }) },
  { id: 'large', needs: [], n: 40_009 },
  { id: 'large-softmax', needs: ['softmax'], n: 9001, classes: 3 },
  {
    id: 'posterior-axis',
    needs: ['posterior', 'softmax', 'axis'],
    parts: ['posterior'],
    classes: 3,
    change: (plain) => ({ ...classesFirst(plain), targets: [] }),
  },
];

const usualLosses = [sigmoidFocal(), sigmoidCrossEntropy({ reduction: 'none' })];
const softmaxLosses = [softmaxFocal(), softmaxFocal({ reduction: 'none' })];

function holdsNoMore(early: number, late: number, finding: Finding, calls: [number, number]): void {
  finding.expect(
    late <= early,
    () => `held ${early} resources after ${calls[0]} calls, ${late} after ${calls[0] + calls[1]}`,
  );
}

const ofOneKind = ({
  id,
  needs,
  parts = usualParts,
  classes,
  losses,
  change,
  refused = false,
  n = 64,
}: Leaky): Check => ({
  id: `calls.leaks/${id}`,
  needs,
  inapplicable: untold,
  async run(subject, finding) {
    const count = Math.min(n, Math.floor(subject.largest / (classes ?? 1)));
    const plain = sample({ seed: 45, n: count, ...(classes && { classes }) });
    const input = { ...plain, ...change?.(plain) };
    const own = losses ?? (classes ? softmaxLosses : usualLosses);
    const ask = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const call = subject.prepare(own[i % 2], input, parts);
        await (refused ? subject.rawCall(call).catch(() => {}) : subject.call(call));
      }
      return subject.resources();
    };
    const calls: [number, number] = n > 64 ? [4, 12] : [10, 90];
    holdsNoMore(await ask(calls[0]), await ask(calls[1]), finding, calls);
  },
});

/** Options of which nobody thought above. */
const ofEveryKind: Check = {
  id: 'calls.leaks/options',
  needs: [],
  inapplicable: untold,
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 720);
    const factories = familyFactories.filter((factory) => isKnown(factory, subject));
    const count = subject.device === 'gpu' ? 2 : 24;
    const calls = Array.from({ length: count }, (_, i) => {
      const { factory, options, input } = drawnCall(draw.oneOf(...factories), subject, draw);
      const hess = subject.can('hess') && i % 3 === 2 ? (['hess'] as const) : [];
      return {
        loss: factory.make(options),
        input,
        parts: i % 3 === 1 ? usualParts.slice(0, 1) : [...usualParts, ...hess],
      };
    });
    // The same ones over and over, so that what is kept for later is there after the first two times.
    const ask = async (times: number) => {
      for (let i = 0; i < times * count; i++) {
        const { loss, input, parts } = calls[i % count];
        await subject.call(subject.prepare(loss, input, parts));
      }
      return subject.resources();
    };
    holdsNoMore(await ask(2), await ask(3), finding, [2 * count, 3 * count]);
  },
};

const leaks = law(
  'calls.leaks',
  'the hundredth call holds on to no more than the tenth, whatever it asks for and whether it is refused or not',
  [...leaky.map(ofOneKind), ofEveryKind],
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

/** Laws of what is held. Disposal is the last of all clauses: nothing can be asked after it. */
export const leakLaws: readonly Clause[] = [leaks, disposal];
