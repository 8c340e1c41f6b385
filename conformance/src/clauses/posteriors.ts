import {
  asymmetric,
  classesBack,
  classesLast,
  defineLoss,
  type Formula,
  iouAwareCrossEntropy,
  type Link,
  type Loss,
  type Member,
  margin,
  matchabilityAware,
  posterior,
  posteriorLayout,
  sigmoidCrossEntropy,
  sigmoidFocal,
  softmaxCrossEntropy,
  softmaxFocal,
  varifocal,
} from '@focal-loss/core';
import type { Need } from '../backend.ts';
import { allowances } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import { excessOf } from '../sizes.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { asked } from './asked.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { apart, axisFor, product, type Shaped, shapeFor } from './drawCall.ts';
import { statements } from './statements.ts';

/** Calls a check makes; see those of random options. */
const callsOf = ({ device }: Subject): number => (device === 'gpu' ? 2 : 8);

/** Whether a factory's losses tell a probability at all, and with which settings: without what is clipped or held. */
function tells({ make }: FamilyFactory, setting: object): boolean {
  return make(setting).untold === undefined;
}

/** A loss and logits, and the probabilities they stand for. */
export interface PosteriorCall {
  readonly loss: Loss;
  readonly input: Omit<Input, 'targets'>;
  readonly truth: Float64Array;
  /** What errors are relative to. */
  readonly scale: (index: number) => number;
}

/** A loss of a factory and logits drawn at random, of a shape if one is given; nothing where these tell no probability. */
export function drawnPosterior(
  factory: FamilyFactory,
  subject: Subject,
  draw: Draw,
  shaped?: Shaped,
): PosteriorCall | undefined {
  const softmax = factory.link === 'softmax';
  const setting: Record<string, number | boolean> = {
    ...draw.setting(factory, 5),
    ...('margin' in factory.member.params && { margin: 0, detach: false }),
  };
  // At ε = −1 the slopes of ce − miss are −miss²: nothing is left of it where each operation rounds.
  if (subject.device !== 'cpu' && typeof setting.epsilon === 'number')
    setting.epsilon = Math.max(setting.epsilon, -0.9);
  if (!tells(factory, setting)) return undefined;
  const spread = draw.oneOf(1, 5, 15, 30);
  const { shape, axis } = shaped ?? shapeFor(subject, draw, softmax);
  const list = softmax || (subject.can('classAlpha') && draw.next() < 0.5);
  const own = () => (softmax ? draw.between(0.1, 3) : draw.between(0.01, 0.99));
  const alpha = list ? Array.from({ length: shape[axis] }, own) : own();
  // What is made of many losses, and which of them count, is nothing to a probability.
  const beside = draw.next() < 0.5 && {
    reduction: draw.oneOf('none', 'sum', 'mean'),
    ...(subject.can('ignoreIndex') && { ignoreIndex: draw.oneOf(-100, 0, 1) }),
  };
  const loss = factory.make({ ...setting, ...beside, ...(factory.hasAlpha && draw.next() < 0.5 && { alpha }) });
  const drawn = draw.numbers(product(shape), () => draw.between(-spread, spread), subject.dtype);
  const input = {
    logits: softmax && draw.next() < 0.3 ? apart(drawn, { shape, axis }, draw, subject.dtype) : drawn,
    shape,
    offset: Math.floor(3 * draw.next()),
    ...(subject.can('axis') && axisFor(draw, axis, shape.length)),
  };
  return withTruth(loss, input);
}

/** Where parameters leave no slope at all, the minimum is everywhere, and tells nothing. */
export function withTruth(loss: Loss, input: Omit<Input, 'targets'>): PosteriorCall | undefined {
  const { logits, shape, axis } = input;
  const truth = posterior(loss)(logits, { ...(shape && { shape }), ...(axis !== undefined && { axis }) });
  if (truth.some(Number.isNaN)) return undefined;
  let excess: ArrayLike<number> | undefined;
  const scale = (index: number) => {
    excess ??= excessesOf(loss, input);
    return excess[index] * truth[index];
  };
  return { loss, input, truth, scale };
}

/**
 * How many times as large as the slopes that a probability comes from their terms are: as far off as a slope is, the probability is.
 * Near ε = −1 the terms of poly losses cancel, in the truth as in any answer.
 */
function excessesOf(loss: Loss, { logits, shape, axis }: Omit<Input, 'targets'>): ArrayLike<number> {
  const excess = excessOf(loss);
  if (loss.link === 'sigmoid') return logits.map((x) => excess(x, 0) + excess(x, 1));
  const at = posteriorLayout(loss, logits, { ...(shape && { shape }), ...(axis !== undefined && { axis }) });
  const { classes } = at;
  const last = Array.from(classesLast(logits, at));
  const others = new Float64Array(classes);
  const all = new Float64Array(last.length);
  for (let from = 0; from < last.length; from += classes) {
    const row = last.slice(from, from + classes);
    // A row adds up to 1: what one class gains, the others lose.
    all.fill(2 * Math.max(...row.map((_, c) => excess(margin(row, 0, classes, c, others).z, 1))), from, from + classes);
  }
  return classesBack(all, at);
}

/** Asks for the probabilities of losses of a factory, which is drawn anew for each call if it is nobody's. */
const check = (
  name: string,
  link: Link,
  needs: readonly Need[],
  seed: number,
  factoryOf: (draw: Draw) => FamilyFactory,
): Check => ({
  id: `posterior/${name}`,
  needs: [...(link === 'softmax' ? (['softmax'] as const) : []), 'posterior', ...needs],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * seed);
    for (let call = 0; call < callsOf(subject); call++) {
      const drawn = drawnPosterior(factoryOf(draw), subject, draw);
      if (drawn === undefined) continue;
      const got = await asked(subject, drawn.loss, { ...drawn.input, targets: [] }, ['posterior'], finding);
      finding.compare('posterior', got.posterior, drawn.truth, { scale: drawn.scale });
    }
  },
});

/** A loss of one's own whose minimum tells a probability: its labels differ in weight and power, as no member's do. */
function custom(link: Link, draw: Draw): FamilyFactory {
  const params = { a: draw.between(0.2, 3), b: draw.between(0.2, 3), p: draw.between(0.2, 4), q: draw.between(0.2, 4) };
  const formula: Formula = (o, x, y, { a, b, p, q }) => {
    const hit = o.mul(a, o.mul(o.pow(o.sigmoid(o.neg(x)), p), o.softplus(o.neg(x))));
    if (link === 'softmax') return hit;
    const miss = o.mul(b, o.mul(o.pow(o.sigmoid(x), q), o.softplus(x)));
    return o.add(o.mul(y, hit), o.mul(o.sub(o.constant(1), y), miss));
  };
  const make = (options: object = {}) => defineLoss({ name: 'mine', link, formula, params, ...options });
  return { name: 'mine', member: { params: {} } as unknown as Member, link, hasAlpha: true, make };
}

/** Rows in which a class is all but certain: slopes there are less than any number, and their ratios are not. */
const sure: Check = {
  id: 'posterior/sure',
  needs: ['posterior', 'softmax', 'loss:softmaxFocal'],
  async run(subject, finding) {
    const draw = new Draw(subject.seed + 7919 * 352);
    for (const gamma of subject.device === 'gpu' ? [5] : [0, 0.5, 2, 3.7, 5]) {
      const loss = softmaxFocal({ gamma });
      const rows = Array.from({ length: 6 }, () => {
        const others = draw.numbers(3, () => draw.between(-3, 3), subject.dtype);
        return draw.shuffled([...others, ...draw.numbers(1, () => draw.between(60, 300), subject.dtype)]);
      });
      const input = { logits: rows.flat(), shape: [6, 4] };
      const truth = posterior(loss)(input.logits, { shape: input.shape });
      const got = await asked(subject, loss, { ...input, targets: [] }, ['posterior'], finding);
      finding.compare('posterior', got.posterior, truth, { tolerance: 1e-30 });
      if (finding.failed) return finding.fail(JSON.stringify({ loss, ...input }));
    }
  },
};

/** Losses whose minimum tells no probability, and why. */
const untold: readonly (readonly [why: string, loss: Loss, feature?: Need])[] = [
  ['weights held fixed', varifocal({ detach: true })],
  ['weights held fixed', asymmetric({ margin: 0, detach: true })],
  ['weights held fixed', matchabilityAware()],
  ['targets held fixed', iouAwareCrossEntropy()],
  ['a clipped side', asymmetric({ margin: 0.05 })],
  ['smoothed labels', sigmoidFocal({ labelSmoothing: 0.1 }), 'labelSmoothing'],
  ['smoothed labels', softmaxFocal({ labelSmoothing: 0.1 }), 'labelSmoothing'],
  ['an α that silences a label', sigmoidFocal({ alpha: 1 })],
  ['an α that silences a label', sigmoidCrossEntropy({ alpha: [0.25, 0, 0.5] }), 'classAlpha'],
  ['an α that silences a class', softmaxCrossEntropy({ alpha: [1, 0, 2] })],
];

/** A number in the place of a probability that is not told would be taken for one. */
const refused: Check = {
  id: 'posterior/refused',
  needs: ['posterior'],
  async run(subject, finding) {
    for (const [why, loss, feature] of untold) {
      const isKnown = subject.can(`loss:${loss.name}` as Need) && (loss.link === 'sigmoid' || subject.can('softmax'));
      if (!isKnown || (feature !== undefined && !subject.can(feature))) continue;
      const input = { logits: [1, -2, 0.5], shape: [1, 3] };
      const told = await subject.posterior(loss, input).catch(() => [Number.NaN]);
      const number = Array.from(told).find((one) => !Number.isNaN(one));
      if (number !== undefined) finding.fail(`${why}: a posterior of ${number}, for ${JSON.stringify(loss)}`);
    }
  },
};

const toldBy = familyFactories.filter(
  (factory) => factory.make().untold === undefined || factory.member.key === 'asymmetric',
);

/** The probabilities that minima stand for. */
export const posteriors: Clause = {
  id: 'posterior',
  statement: statements.posterior,
  against: 'truth',
  allowance: (dtype, device) => 4 * allowances[dtype][device],
  checks: [
    ...toldBy.map((one, i) => check(one.name, one.link, [`loss:${one.name}`], 300 + i, () => one)),
    ...(['sigmoid', 'softmax'] as const).map((link, i) =>
      check(`custom-${link}`, link, ['customLoss'], 350 + i, (draw) => custom(link, draw)),
    ),
    sure,
    refused,
  ],
};
