/**
 * Arrays that share their memory: parts of one buffer, and one array in two roles. The answer is that of arrays on their own.
 *
 * @module
 */
import { type Loss, type Part, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import type { Call, Numbers } from '../backend.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { askedOf } from './asked.ts';
import type { Check } from './clause.ts';
import { Draw } from './draw.ts';
import { withTruth } from './posteriors.ts';
import { judgeOf } from './randomOptions.ts';

type Arrays = Pick<Call, 'logits' | 'targets' | 'weights'>;

/** A loss by how it is made, which is how truths are asked for. */
interface Made {
  readonly factory: FamilyFactory;
  readonly options: Readonly<Record<string, unknown>>;
  readonly loss: Loss;
}

function made(name: string, options: Record<string, unknown>): Made {
  const factory = familyFactories.find((one) => one.name === name) as FamilyFactory;
  return { factory, options, loss: factory.make(options) };
}

/** Makes a call of these very arrays and compares it with the truth of their numbers. */
async function judged(
  { factory, options, loss }: Made,
  arrays: Arrays,
  shape: readonly number[],
  subject: Subject,
  finding: Finding,
  what: string,
  turn = 0,
): Promise<void> {
  const { logits, targets, weights } = arrays;
  const hess = subject.can('hess') && turn % 3 === 0;
  const numbers = (array: Numbers) => Array.from<number>(array);
  const input: Input = {
    logits: numbers(logits),
    targets: numbers(targets),
    shape,
    ...(weights && { weights: numbers(weights) }),
  };
  const other: readonly Part[] = hess ? ['value', 'grad', 'hess'] : ['value'];
  const parts: readonly (readonly Part[])[] = [['value', 'grad'], ...(subject.device === 'gpu' ? [] : [other])];
  const judge = judgeOf({ factory, options, input }, subject, hess ? 2 : 1);
  for (const wants of parts) {
    const call = { ...subject.prepare(loss, input), wants, grad: wants.includes('grad'), ...arrays };
    judge(await askedOf(subject, call, finding), finding, wants);
  }
  const { targets: _, weights: __, ...ofLogits } = input;
  const isAsked = subject.can('posterior') && subject.device !== 'gpu' && loss.labelSmoothing === 0 && turn % 2 === 0;
  const told = isAsked ? withTruth(loss, ofLogits) : undefined;
  if (told) {
    const call = {
      ...subject.prepare(loss, { ...ofLogits, targets: [] }, ['posterior']),
      wants: ['posterior'] as const,
    };
    const { posterior } = await subject.call({ ...call, logits });
    finding.compare('posterior', posterior, told.truth, { scale: (k) => 2 * told.scale(k) });
  }
  if (finding.failed) finding.fail(what);
}

/** Entries of which a view has some: the first ones, the others, and what begins where another does and ends elsewhere. */
const views = [
  [0, 8],
  [8, 16],
  [4, 12],
  [0, 12],
  [8, 20],
] as const;

const ofViews = (name: 'sigmoidFocal' | 'softmaxFocal', i: number): Check => ({
  id: `random.sequences/views-${name}`,
  needs: [`loss:${name}`, ...(name === 'softmaxFocal' ? (['softmax'] as const) : [])],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * (740 + i));
    const classes = name === 'softmaxFocal' ? 3 : 1;
    const n = 20;
    const numbers = (length: number, one: () => number) => draw.numbers(length, one, subject.dtype);
    const whole = subject.prepare(classes > 1 ? softmaxFocal() : sigmoidFocal(), {
      logits: numbers(n * classes, () => draw.between(-5, 5)),
      targets: numbers(n, () => Math.floor(draw.next() * Math.max(2, classes))),
      ...(subject.can('weights') && { weights: numbers(n, () => draw.between(0.1, 4)) }),
      ...(classes > 1 && { shape: [n, classes] }),
    });
    const loss = made(name, { reduction: 'none' });
    // Each array a view of its own, the others now the same as before, now not.
    const same = views.flatMap((one) => views.map((other) => [one, other] as const));
    const pairs = same.filter(([[a, b], [c, d]]) => b - a === d - c);
    const fields = ['logits', 'targets', ...(whole.weights ? (['weights'] as const) : [])] as const;
    for (const field of fields) {
      for (const [turn, [usual, own]] of draw.shuffled(pairs).entries()) {
        const view = (array: Numbers, of: (typeof views)[number], times = 1) =>
          array.subarray(of[0] * times, of[1] * times);
        const of = (name: (typeof fields)[number]) => (name === field ? own : usual);
        const arrays = {
          logits: view(whole.logits, of('logits'), classes),
          targets: view(whole.targets, of('targets')),
          ...(whole.weights && { weights: view(whole.weights, of('weights')) }),
        };
        const count = own[1] - own[0];
        const shape = classes > 1 ? [count, classes] : [count];
        await judged(
          loss,
          arrays,
          shape,
          subject,
          finding,
          `${field} were places ${own.join(' to ')} of a buffer`,
          turn,
        );
        if (finding.failed) return;
      }
    }
    await judged(loss, inOneBuffer(whole), whole.shape, subject, finding, 'all arrays were in one buffer');
  },
});

/** All arrays one behind the other. */
function inOneBuffer({ logits, targets, weights }: Arrays): Arrays {
  const all = [logits, targets, ...(weights ? [weights] : [])];
  const Kind = logits.constructor as Float64ArrayConstructor;
  const buffer = new Kind(all.reduce((sum, { length }) => sum + length, 0));
  let from = 0;
  const [x, y, w] = all.map((array) => {
    const place = buffer.subarray(from, from + array.length);
    place.set(array);
    from += array.length;
    return place;
  });
  return { logits: x, targets: y, ...(w && { weights: w }) };
}

/** One array in several roles, by the names of those that share it, and numbers that may be in all of them. */
interface Roles {
  readonly shared: readonly (keyof Arrays)[];
  readonly softmax?: boolean;
  readonly needs: Check['needs'];
  readonly numbers: readonly number[];
}

const labels = [1, 0, 0, 1, 1, 0];
const classes = [2, 0, 1, 1, 2, 0];
const shares = [0.5, 0.25, 0.25, 0.125, 0.75, 0.125, 1, 0, 0, 0, 0.5, 0.5, 0.25, 0, 0.75, 0.375, 0.375, 0.25];

const roles: readonly Roles[] = [
  { shared: ['targets', 'weights'], needs: ['weights'], numbers: labels },
  { shared: ['targets', 'weights'], needs: ['weights', 'softLabels'], numbers: shares.slice(0, 6) },
  { shared: ['logits', 'targets'], needs: [], numbers: labels },
  { shared: ['logits', 'weights'], needs: ['weights'], numbers: [0.5, 3, 0, 1.25, 2, 0.125] },
  { shared: ['logits', 'targets', 'weights'], needs: ['weights'], numbers: labels },
  { shared: ['targets', 'weights'], softmax: true, needs: ['softmax', 'weights'], numbers: classes },
  { shared: ['logits', 'targets'], softmax: true, needs: ['softmax', 'rowTargets'], numbers: shares },
];

const ofRoles: Check = {
  id: 'random.sequences/roles',
  needs: [],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 745);
    const smoothed = subject.can('labelSmoothing') && subject.device !== 'gpu' ? { labelSmoothing: 0.25 } : {};
    for (const { shared, softmax = false, needs, numbers } of roles) {
      const name = softmax ? 'softmaxFocal' : 'sigmoidFocal';
      if (![...needs, `loss:${name}` as const].every((need) => subject.can(need))) continue;
      const loss = made(name, { reduction: 'none', ...smoothed });
      const count = softmax && numbers.length === 6 ? 18 : numbers.length;
      const plain = subject.prepare(loss.loss, {
        logits: draw.numbers(count, () => draw.between(-4, 4), subject.dtype),
        targets: softmax ? classes : labels,
        ...(subject.can('weights') && { weights: [1, 0.5, 2, 0.25, 3, 1] }),
      });
      const one = subject.prepare(loss.loss, { logits: numbers, targets: [] }).logits;
      const shape = softmax ? [6, 3] : [6];
      const arrays: Arrays = {
        logits: plain.logits,
        targets: plain.targets,
        ...(plain.weights && { weights: plain.weights }),
        ...Object.fromEntries(shared.map((role) => [role, one])),
      };
      // Apart, as one, and apart again.
      const apart = Object.fromEntries(shared.map((role) => [role, one.slice()]));
      for (const own of [arrays, { ...arrays, ...apart }, arrays]) {
        await judged(loss, own, shape, subject, finding, `the same array was ${shared.join(' and ')}`);
        if (finding.failed) return;
      }
    }
  },
};

/** Checks of arrays that are no whole buffers of their own. */
export const sharedArrays: readonly Check[] = [...(['sigmoidFocal', 'softmaxFocal'] as const).map(ofViews), ofRoles];
