/**
 * Large calls with every option and part: what kernels do in blocks, tiles, chunks and threads they do of long calls only, and not of
 * the value and slopes of focal loss alone. A small call is drawn, of which core's reference gives the truth; the large one is made of
 * its places along one axis, each many times.
 *
 * @module
 */
import { denominatorFor, type Loss, layout, type Part, reference, weightsOf } from '@focal-loss/core';
import { allowances, flushed, sumAllowances } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import type { CheckedAnswer, Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { drawnCall, product, type Shaped } from './drawCall.ts';
import { along, classAxisOf, gathered, ofTargets } from './gather.ts';
import { placeOfLogit } from './place.ts';
import { drawnPosterior } from './posteriors.ts';
import { judgeOf } from './randomOptions.ts';
import { whenAsked } from './scales.ts';
import { scalesOfCall } from './scalesOfCall.ts';

/** Logits of the calls of a check, from and to: some blocks, some dispatches, and more than 16 bits count. */
const ladder = [
  [2000, 8000],
  [8000, 70_000],
  [70_000, 300_000],
] as const;

/** A number of logits of a rung of the ladder that a backend takes. */
function sizeFor({ largest }: Subject, draw: Draw, rung: number): number {
  const [from, to] = ladder[rung % ladder.length];
  const most = Math.min(to, largest);
  return Math.floor(Math.min(from, most / 2) * (most / Math.min(from, most / 2)) ** draw.next());
}

/**
 * So many places out of a few. Here each is drawn, there one comes again and again: what is looked up in the first entries, or decided
 * chunk by chunk, is not the same everywhere.
 */
function placesFor(draw: Draw, few: number, count: number): Uint32Array {
  const places = new Uint32Array(count);
  for (let i = 0; i < count; ) {
    const to = Math.min(count, i + 1 + Math.floor((draw.next() * count) / 2));
    const same = draw.next() < 0.4 ? Math.floor(draw.next() * few) : undefined;
    for (; i < to; i++) places[i] = same ?? Math.floor(draw.next() * few);
  }
  return places;
}

/** A small call with an axis along which it can be made large: that of the classes cannot. */
function growing(factory: FamilyFactory, subject: Subject, draw: Draw, call: number) {
  for (;;) {
    const small = drawnCall(factory, subject, draw, call);
    const { shape = [] } = small.input;
    const hasClasses = factory.link === 'softmax' || Array.isArray(small.options.alpha);
    const classAxis = hasClasses ? classAxisOf(small.input, shape.length) : -1;
    const free = shape.map((_, k) => k).filter((k) => k !== classAxis && shape[k] > 1);
    if (free.length > 0) return { small, k: draw.oneOf(...free) };
  }
}

/** What a large call has to be compared with. */
interface Truth {
  readonly value: number | ArrayLike<number>;
  readonly grad: ArrayLike<number>;
  readonly hess: ArrayLike<number>;
}

/** What becomes of the values and slopes of single entries: they are added up, and divided. */
function reduced(loss: Loss, input: Input, singles: { value: number[]; grad: number[]; hess: number[] }): Truth {
  const { logits, targets, offset: _, ...options } = input;
  const at = layout(loss, logits, targets, options);
  // Where there is nothing to divide by, all is 0.
  const divisor =
    (loss.reduction === 'mean' && denominatorFor(loss, at, targets, weightsOf(at, input.weights), input.normalizer)) ||
    1;
  const { value } = singles;
  const sum = (from: number, to: number) => {
    let all = 0;
    for (let i = from; i < to; i++) all += value[i];
    return all;
  };
  const each = (i: number) => sum(i * at.perExample, (i + 1) * at.perExample);
  const divided = (numbers: number[]) => (divisor === 1 ? numbers : numbers.map((number) => number / divisor));
  return {
    value: {
      none: () => value,
      sum: () => sum(0, value.length),
      mean: () => sum(0, value.length) / divisor,
      example: () => Array.from({ length: at.examples }, (_, i) => each(i)),
    }[loss.reduction](),
    grad: divided(singles.grad),
    hess: divided(singles.hess),
  };
}

interface Large {
  readonly loss: Loss;
  readonly input: Input;
  readonly wants: readonly Part[];
  readonly judge: (got: CheckedAnswer, finding: Finding) => void;
}

function largeCall(factory: FamilyFactory, subject: Subject, draw: Draw, call: number): Large {
  const { small, k } = growing(factory, subject, draw, call);
  const { link } = factory;
  const { shape = [], logits } = small.input;
  const places = placesFor(
    draw,
    shape[k],
    Math.max(1, Math.floor((sizeFor(subject, draw, call) * shape[k]) / logits.length)),
  );
  const input = gathered(link, small.input, k, places);
  const loss = factory.make(small.options);
  const single = factory.make({ ...small.options, reduction: 'none', normalizer: undefined, background: undefined });
  const wants = partsFor(subject, draw);

  const entries = ofTargets(link, shape, classAxisOf(small.input, shape.length), k);
  const grown = (of: { value: ArrayLike<number>; grad: ArrayLike<number>; hess: ArrayLike<number> }) =>
    reduced(loss, input, {
      value: along(of.value, entries.shape, entries.at, places),
      grad: wants.includes('grad') ? along(of.grad, shape, k, places) : [],
      hess: wants.includes('hess') ? along(of.hess, shape, k, places) : [],
    });
  const { offset: _, logits: __, normalizer: ___, targets, ...options } = small.input;
  const run = reference(single);
  const { value, grad, hess } = wants.includes('hess')
    ? run.valueGradHess(logits, targets, options)
    : { ...run.valueAndGrad(logits, targets, options), hess: [] };
  const truth = grown({ value: value as Float64Array, grad, hess });
  const sizes = whenAsked(() => {
    const all = grown(scalesOfCall(single, { logits, targets, ...options }, wants.includes('hess') ? 2 : 1));
    const { value: ofValue } = all;
    return {
      value: typeof ofValue === 'number' ? [ofValue] : Array.from(ofValue),
      grad: Array.from(all.grad),
      hess: Array.from(all.hess),
    };
  });
  const beside = wants.includes('hess') ? 4 : 1;
  const times = (sizeOf: (index: number) => number) => (index: number) => beside * sizeOf(index);
  const largest = Math.max(1, ...(small.input.weights ?? []));
  const tolerance = (flushed(subject) * input.logits.length * largest) / Math.min(1, input.normalizer ?? 1);
  return {
    loss,
    input,
    wants,
    judge(got, finding) {
      finding.compare('value', got.value, truth.value, { scale: times(sizes.value), tolerance });
      for (const part of ['grad', 'hess'] as const) {
        if (!wants.includes(part)) continue;
        finding.compare(part, got[part], truth[part], {
          scale: times(sizes[part]),
          tolerance,
          place: placeOfLogit(input),
        });
      }
    },
  };
}

function partsFor(subject: Subject, draw: Draw): readonly Part[] {
  const way = draw.next();
  if (way < 0.3) return ['value'];
  return way < 0.65 && subject.can('hess') ? ['value', 'grad', 'hess'] : ['value', 'grad'];
}

/** A few rows of very many classes, along the last axis or not. */
function wideShape(subject: Subject, draw: Draw, most: number): Shaped {
  const classes = Math.floor(1030 * (Math.min(most, Math.max(subject.largest / 6, 1031)) / 1030) ** draw.next());
  const rows = 1 + Math.floor(draw.next() * 3);
  const last = !subject.can('axis') || draw.next() < 0.5;
  const shape = last ? [rows, classes] : draw.oneOf([classes, rows], [1, classes, rows]);
  return { shape, axis: shape.indexOf(classes) };
}

/** What is told of a row of 12,000 classes of which each has a share takes its square of steps to judge. */
const SHARED = 3000;

function wideCall(factory: FamilyFactory, subject: Subject, draw: Draw, call: number): Large {
  // float16 has no more whole numbers than these.
  const most = subject.dtype === 'float16' ? 2048 : 12_000;
  for (;;) {
    const shaped = wideShape(subject, draw, most);
    const drawn = drawnCall(factory, subject, draw, call, shaped);
    const { options, input } = drawn;
    const isShared = options.labelSmoothing !== undefined || input.targets.length === input.logits.length;
    if (factory.link === 'softmax' && isShared && shaped.shape[shaped.axis] > SHARED) continue;
    const wants = partsFor(subject, draw);
    const judge = judgeOf(drawn, subject, wants.includes('hess') ? 2 : 1);
    return { loss: factory.make(options), input, wants, judge: (got, finding) => judge(got, finding, wants) };
  }
}

/** The probabilities of a large call; nothing where a loss tells none. */
function largePosterior(factory: FamilyFactory, subject: Subject, draw: Draw, call: number): Large | undefined {
  const drawn = drawnPosterior(factory, subject, draw, call);
  if (drawn === undefined) return undefined;
  const { loss, input: small, truth, scale } = drawn;
  const { shape = [], logits } = small;
  const classAxis =
    factory.link === 'softmax' || typeof loss.alpha === 'object'
      ? classAxisOf({ ...small, targets: [] }, shape.length)
      : -1;
  const free = shape.map((_, k) => k).filter((k) => k !== classAxis);
  if (free.length === 0) return undefined;
  const k = draw.oneOf(...free);
  const places = placesFor(
    draw,
    shape[k],
    Math.max(1, Math.floor((sizeFor(subject, draw, call) * shape[k]) / logits.length)),
  );
  const cells = Array.from({ length: product(shape) }, (_, i) => i);
  const from = along(cells, shape, k, places);
  return {
    loss,
    input: {
      ...small,
      logits: along(logits, shape, k, places),
      targets: [],
      shape: shape.map((size, i) => (i === k ? places.length : size)),
    },
    wants: ['posterior'],
    judge: (got, finding) =>
      finding.compare(
        'posterior',
        got.posterior,
        from.map((i) => truth[i]),
        { scale: (i) => 4 * scale(from[i]) },
      ),
  };
}

function widePosterior(factory: FamilyFactory, subject: Subject, draw: Draw, call: number): Large | undefined {
  const drawn = drawnPosterior(factory, subject, draw, call, wideShape(subject, draw, SHARED));
  if (drawn === undefined) return undefined;
  const { loss, input, truth, scale } = drawn;
  return {
    loss,
    input: { ...input, targets: [] },
    wants: ['posterior'],
    judge: (got, finding) => finding.compare('posterior', got.posterior, truth, { scale: (i) => 4 * scale(i) }),
  };
}

type Makes = typeof largePosterior;

/** The calls of a check. Of a GPU fewer: in software it takes a second to compile a program. */
function* callsFor(factory: FamilyFactory, subject: Subject, draw: Draw): Generator<Large | undefined> {
  const first = Math.floor(draw.next() * ladder.length);
  const make: Makes[] = [largeCall, largeCall, largeCall, wideCall];
  if (subject.can('posterior') && factory.make().untold === undefined) make.push(largePosterior, widePosterior);
  if (subject.device === 'gpu') yield draw.oneOf(...make)(factory, subject, draw, first);
  else for (const [i, one] of make.entries()) yield one(factory, subject, draw, first + i);
}

function check(factory: FamilyFactory, seed: number): Check {
  const softmax = factory.link === 'softmax';
  return {
    id: `random.large/${factory.name}`,
    needs: [
      `loss:${factory.name}`,
      ...(softmax ? (['softmax'] as const) : []),
      ...(factory.member.targets === 'place' ? (['rowTargets'] as const) : []),
    ],
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * seed);
      for (const large of callsFor(factory, subject, draw)) {
        if (large === undefined) continue;
        const { loss, input, wants, judge } = large;
        judge(await asked(subject, loss, input, wants, finding), finding);
        if (!finding.failed) continue;
        const { logits, shape, targets, weights, ...rest } = input;
        return finding.fail(`of a call of shape [${shape}], ${wants.join(', ')}: ${JSON.stringify({ loss, ...rest })}`);
      }
    },
  };
}

/** Every factory, large. */
export const randomLarge: Clause = {
  id: 'random.large',
  statement: 'up to hundreds of thousands of entries are as accurate as a few, every option and part of them',
  against: 'truth',
  allowance: (dtype, device) =>
    Math.max(2 * allowances[dtype][device], sumAllowances[dtype] * (dtype === 'float64' ? 1e-3 : 1)),
  checks: familyFactories.map((factory, i) => check(factory, 800 + i)),
};
