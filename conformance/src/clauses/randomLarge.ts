/**
 * Large calls with every option and part: what kernels do in blocks, tiles, chunks and threads they do of long calls only, and not of
 * the value and slopes of focal loss alone.
 *
 * @module
 */
import type { Part } from '@focal-loss/core';
import { allowances } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Subject } from '../subject.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall, product, type Shaped, type Wanted } from './drawCall.ts';
import { along, classAxisOf } from './gather.ts';
import { grown, type Judged, placesFor } from './grown.ts';
import { meeting } from './meetings.ts';
import { needsOf } from './needs.ts';
import { drawnPosterior } from './posteriors.ts';
import { judgeOf } from './randomOptions.ts';
import type { RandomCall } from './shrink.ts';

/** What a large call is to have, and what is asked for. */
interface Meeting extends Wanted {
  readonly wants: readonly Part[];
  /** Where the classes lie, in turn. */
  readonly place: number;
}

/** Makes a large call; nothing where a loss has none of the kind. */
type Makes = (factory: FamilyFactory, subject: Subject, draw: Draw, wanted: Meeting) => Judged | undefined;

const parts = [['value'], ['value', 'grad'], ['value', 'grad', 'hess']] as const;

function meetingOf(turn: number, subject: Subject): Meeting {
  const wants = parts[Math.floor(turn / 3) % parts.length];
  return {
    ...meeting(turn),
    wants: wants.length < 3 || subject.can('hess') ? wants : parts[1],
    place: Math.floor(turn / 4),
  };
}

/** A number between two, small ones as often as large ones, of which a backend takes so many at once. */
function between(draw: Draw, from: number, to: number, most: number): number {
  const last = Math.min(to, most);
  const first = Math.min(from, last / 2);
  return Math.max(1, Math.floor(first * (last / first) ** draw.next()));
}

/** The axes along which a call can be made large: not that of the classes. */
function freeAxes({ factory, options, input }: Pick<RandomCall, 'factory' | 'options' | 'input'>): number[] {
  const { shape = [] } = input;
  const classAxis = factory.link === 'softmax' || Array.isArray(options.alpha) ? classAxisOf(input, shape.length) : -1;
  return shape.map((_, k) => k).filter((k) => k !== classAxis && shape[k] > 1);
}

/** A dense detector sees a thousand negatives for one positive: places of the first half along an axis have none. */
function mostlyNegative(call: RandomCall, k: number): RandomCall {
  const { factory, options, input } = call;
  const { shape = [], targets } = input;
  if (factory.link === 'softmax') return call;
  const behind = product(shape.slice(k + 1));
  const isFirst = (i: number) => Math.floor(i / behind) % shape[k] < shape[k] / 2;
  const isKept = (y: number, i: number) => y === options.ignoreIndex || !isFirst(i);
  return { ...call, input: { ...input, targets: targets.map((y, i) => (isKept(y, i) ? y : 0)) } };
}

/** From a call of any shape: some blocks, or some dispatches. */
const long =
  (from: number, to: number): Makes =>
  (factory, subject, draw, wanted) => {
    let small = drawnCall(factory, subject, draw, wanted);
    while (freeAxes(small).length === 0) small = drawnCall(factory, subject, draw, wanted);
    const k = draw.oneOf(...freeAxes(small));
    const { shape = [], logits } = small.input;
    const count = Math.floor((between(draw, from, to, subject.largest) * shape[k]) / logits.length);
    const places = placesFor(draw, shape[k], Math.max(1, count));
    return grown(mostlyNegative(small, k), k, places, wanted.wants, subject);
  };

/** An axis whose places are drawn from a few, in a shape of that few. */
interface Grows extends Shaped {
  readonly k: number;
}

/** Rows, or places behind the classes. */
function beside(subject: Subject, draw: Draw, few: number, place: number): Grows {
  const classes = draw.oneOf(2, 3, 3);
  const rows = { shape: [few, classes], axis: 1, k: 0 };
  const columns = { shape: [classes, few], axis: 0, k: 1 };
  const behind = { shape: [1, classes, few], axis: 1, k: 2 };
  return subject.can('axis') ? [rows, columns, behind][place % 3] : rows;
}

/** Entries, or those of an example. */
const entries = (_: Subject, __: Draw, few: number, place: number): Grows =>
  place % 2 === 0 ? { shape: [few], axis: 0, k: 0 } : { shape: [1, few], axis: 1, k: 1 };

/** Whether an α for each class is worth waiting for: at a sigmoid it is what the classes are for. */
const isOfClasses = ({ link, hasAlpha }: FamilyFactory, { shape }: Shaped) =>
  link === 'sigmoid' && hasAlpha && shape.length > 1 && shape[0] !== 1;

/** Along one axis more than 16 bits count. */
const tall =
  (shapeOf: typeof beside): Makes =>
  (factory, subject, draw, wanted) => {
    const few = 7 + Math.floor(draw.next() * 20);
    const { k, ...shaped } = shapeOf(subject, draw, few, wanted.place);
    let small = drawnCall(factory, subject, draw, { ...wanted, shaped });
    const isRight = (tries: number) =>
      freeAxes(small).includes(k) && (tries > 9 || !isOfClasses(factory, shaped) || Array.isArray(small.options.alpha));
    for (let tries = 0; !isRight(tries); tries++) small = drawnCall(factory, subject, draw, { ...wanted, shaped });
    const each = product(shaped.shape) / few;
    const count = Math.min(draw.between(66_000, Math.max(70_000, 200_000 / each)), subject.largest / each);
    const places = placesFor(draw, few, Math.max(1, Math.floor(count)));
    return grown(mostlyNegative(small, k), k, places, wanted.wants, subject);
  };

/** A few rows of very many classes, along the last axis or not. */
function wideShape(subject: Subject, draw: Draw, most: number, place: number): Shaped {
  // Textures are 16,384 wide.
  const isWider = most > 16_400 && subject.largest > 3 * most && draw.next() < 0.5;
  const classes = isWider
    ? Math.floor(draw.between(16_400, most))
    : between(draw, 1030, Math.min(most, 12_000), subject.largest / 3);
  const rows = 1 + Math.floor(draw.next() * 3);
  const isLast = !subject.can('axis') || place % 2 === 0;
  const shape = isLast ? [rows, classes] : draw.oneOf([classes, rows], [1, classes, rows]);
  return { shape, axis: shape.indexOf(classes) };
}

/** A row of which each class has a share takes the square of its classes to judge. */
const most = { shared: 3000, single: 20_000 };

/** A few rows of very many classes: each with a share, or one of them the target; a sigmoid has an α for each. */
const wide =
  (shared: boolean): Makes =>
  (factory, subject, draw, wanted) => {
    // float16 has no more whole numbers than these.
    const limit = subject.dtype === 'float16' ? 2048 : shared ? most.shared : most.single;
    for (let tries = 0; tries < 20; tries++) {
      const shaped = wideShape(subject, draw, limit, wanted.place);
      const smoothed = shared && wanted.smoothed === true;
      const drawn = drawnCall(factory, subject, draw, { ...wanted, smoothed, shaped });
      const { options, input } = drawn;
      const isShared = options.labelSmoothing !== undefined || input.targets.length === input.logits.length;
      if (factory.link === 'softmax' && isShared !== shared) continue;
      const { wants } = wanted;
      const judge = judgeOf(drawn, subject, wants.includes('hess') ? 2 : 1);
      return {
        loss: factory.make(options),
        input,
        wants,
        judge: (got, finding, parts = wants) => judge(got, finding, parts),
      };
    }
    return undefined;
  };

/** The probabilities of a long call. */
const longPosterior: Makes = (factory, subject, draw) => {
  const drawn = drawnPosterior(factory, subject, draw);
  if (drawn === undefined) return undefined;
  const { loss, input: small, truth, scale } = drawn;
  const { shape = [], logits } = small;
  const free = freeAxes({ factory, options: { alpha: loss.alpha }, input: { ...small, targets: [] } });
  if (free.length === 0) return undefined;
  const k = draw.oneOf(...free);
  const count = Math.floor((between(draw, 8000, 300_000, subject.largest) * shape[k]) / logits.length);
  const places = placesFor(draw, shape[k], Math.max(1, count));
  const from = along(Array.from(logits.keys()), shape, k, places);
  const longer = shape.map((size, i) => (i === k ? places.length : size));
  return {
    loss,
    input: { ...small, logits: from.map((i) => logits[i]), targets: [], shape: longer },
    wants: ['posterior'],
    judge: ({ posterior }, finding) => {
      const all = from.map((i) => truth[i]);
      finding.compare('posterior', posterior, all, { scale: (i) => 2 * scale(from[i]) });
    },
  };
};

/** The probabilities of many classes. */
const widePosterior: Makes = (factory, subject, draw, { place }) => {
  const drawn = drawnPosterior(factory, subject, draw, wideShape(subject, draw, most.shared, place));
  if (drawn === undefined) return undefined;
  const { loss, input, truth, scale } = drawn;
  return {
    loss,
    input: { ...input, targets: [] },
    wants: ['posterior'],
    judge: ({ posterior }, finding) => finding.compare('posterior', posterior, truth, { scale: (i) => 2 * scale(i) }),
  };
};

/** The calls of a check. Of a GPU one: in software it takes a second to compile a program. */
function* callsFor(factory: FamilyFactory, subject: Subject, draw: Draw, turn: number): Generator<Judged | undefined> {
  const softmax = factory.link === 'softmax';
  const ofLink = softmax ? [wide(true), wide(true)] : [tall(entries)];
  const makes = [long(2000, 8000), long(8000, 70_000), tall(beside), wide(false), ...ofLink];
  if (subject.can('posterior') && factory.make().untold === undefined) makes.push(longPosterior, widePosterior);
  const wanted = (i: number) => meetingOf(subject.seed + turn + i * familyFactories.length, subject);
  if (subject.device === 'gpu') yield draw.oneOf(...makes)(factory, subject, draw, wanted(0));
  else for (const [i, make] of makes.entries()) yield make(factory, subject, draw, wanted(i));
}

function check(factory: FamilyFactory, turn: number): Check {
  return {
    id: `random.large/${factory.name}`,
    needs: needsOf(factory),
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * (800 + turn));
      for (const large of callsFor(factory, subject, draw, turn)) {
        if (large === undefined) continue;
        const { loss, input, wants, judge } = large;
        judge(await asked(subject, loss, input, wants, finding), finding);
        // The value alone is a program of its own.
        const alone = wants.includes('grad') && subject.device !== 'gpu' && draw.next() < 0.6;
        if (alone) judge(await asked(subject, loss, input, ['value'], finding), finding, ['value']);
        if (!finding.failed) continue;
        const { logits, shape, targets, weights, ...rest } = input;
        return finding.fail(`of a call of shape [${shape}], ${wants.join(', ')}: ${JSON.stringify({ loss, ...rest })}`);
      }
    },
  };
}

/** Of more targets than 16 bits count most are ignored, and the rest is what a mean is of. */
const ignored: Check = {
  id: 'random.large/ignored',
  needs: ['loss:sigmoidFocal', 'ignoreIndex'],
  inapplicable: ({ device, largest }) =>
    device === 'gpu' || largest < 150_000 ? 'fewer entries at once, or a program more' : undefined,
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 850);
    const factory = familyFactories.find(({ name }) => name === 'sigmoidFocal') as FamilyFactory;
    for (const normalizer of ['count', 'positives'] as const) {
      const shaped = { shape: [20, 2], axis: 1 };
      const wanted = { reduction: 'mean', normalizer, ignored: true, weights: 'none', shaped } as const;
      const small = drawnCall(factory, subject, draw, wanted);
      const places = placesFor(draw, 20, 65_000 + Math.floor(10_000 * draw.next()));
      const { loss, input, wants, judge } = grown(small, 0, places, ['value', 'grad'], subject);
      judge(await asked(subject, loss, input, wants, finding), finding);
      if (finding.failed) return finding.fail(`of ${2 * places.length} entries, most of which are ignored`);
    }
  },
};

/** Every factory, large. */
export const randomLarge: Clause = {
  id: 'random.large',
  statement: 'up to hundreds of thousands of entries are as accurate as a few, every option and part of them',
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: [...familyFactories.map(check), ignored],
};
