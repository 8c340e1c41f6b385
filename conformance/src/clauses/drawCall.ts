/**
 * A call drawn at random, with every option that a loss and a call have. A backend that lacks one is not given it.
 *
 * @module
 */
import type { Normalizer, Reduction } from '@focal-loss/core';
import type { Dtype } from '../compare.ts';
import type { FamilyFactory } from '../family.ts';
import { round } from '../numbers.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Draw } from './draw.ts';
import type { RandomCall } from './shrink.ts';

export const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

/** Exponents beyond the 5 that vectors have, which an allowance twice as large has room for. */
const HIGHEST = 8;

/** The options of a loss that is made of a call: those that a backend has. */
function optionsOf(
  factory: FamilyFactory,
  subject: Subject,
  draw: Draw,
  classes: number,
  wanted: Wanted,
): Record<string, unknown> {
  const maybe = (chance: number, feature?: Parameters<Subject['can']>[0]) =>
    draw.next() < chance && (feature === undefined || subject.can(feature));
  const softmax = factory.link === 'softmax';
  const isPlace = factory.member.targets === 'place';
  const widest = subject.device === 'cpu' ? 20 : 5;
  const options: Record<string, unknown> = { ...draw.setting(factory, widest, HIGHEST) };
  const reductions = ['none', 'sum', 'mean', 'mean', ...(subject.can('examples') ? ['example'] : [])];
  const isWanted = wanted.reduction !== undefined && reductions.includes(wanted.reduction);
  options.reduction = isWanted ? wanted.reduction : draw.oneOf(...reductions);
  if (factory.hasAlpha && maybe(wanted.alpha === undefined ? 0.6 : 1)) {
    const list = softmax || (wanted.alpha === undefined && maybe(0.5, 'classAlpha'));
    const own = () =>
      softmax ? draw.oneOf(0, draw.between(0.1, 3), draw.between(0.1, 3)) : draw.oneOf(0, 0.5, 1, ...shares(draw, 4));
    options.alpha = list ? Array.from({ length: classes }, own) : own();
  }
  if (!isPlace && maybe(wanted.smoothed === undefined ? 0.4 : Number(wanted.smoothed), 'labelSmoothing')) {
    options.labelSmoothing = draw.oneOf(draw.between(0, 0.95), 10 ** draw.between(-3, -0.3));
  }
  if (options.reduction === 'mean') {
    const normalizers = ['count', 'weights', ...(softmax && isPlace ? [] : ['positives'])];
    const isKnown = wanted.normalizer !== undefined && normalizers.includes(wanted.normalizer);
    options.normalizer = isKnown ? wanted.normalizer : draw.oneOf(...normalizers);
    if (softmax && options.normalizer === 'positives') {
      options.background = draw.oneOf(0, classes - 1, Math.floor(draw.next() * classes));
    }
  }
  return options;
}

const shares = (draw: Draw, digits: number) => Array.from({ length: 5 }, () => draw.share(digits));

/** The shape of logits, and which axis has the classes. */
export interface Shaped {
  readonly shape: number[];
  readonly axis: number;
}

/** What a call is to have, where a backend has it; the rest is drawn. */
export interface Wanted {
  readonly shaped?: Shaped;
  readonly reduction?: Reduction;
  readonly normalizer?: Normalizer;
  /**
   * One of its own for each target, and then most of them 0; one for each place along the last axis, some along one axis, or along
   * any.
   */
  readonly weights?: 'none' | 'each' | 'sparse' | 'last' | 'along' | 'shared';
  /** With axes as long as each other, with a long one, with five or six of them. */
  readonly form?: 'usual' | 'square' | 'long' | 'many';
  /** Whether labels are smoothed. */
  readonly smoothed?: boolean;
  /** Whether nearly all targets are ignored. */
  readonly ignored?: boolean;
  /** α, at a sigmoid one for all. */
  readonly alpha?: 'given';
  /** How far from 0 logits are. */
  readonly spread?: number;
}

/** A shape of one to four axes, seldom of up to six, now and then with a long one. */
export function shapeFor(subject: Subject, draw: Draw, softmax: boolean, wanted?: Wanted['form']): Shaped {
  const free = subject.can('axis');
  const form = wanted ?? draw.oneOf('usual', 'usual', 'usual', 'square', 'square', 'long', 'long', 'many');
  const many = free && form === 'many';
  const rank = free ? (many ? 5 : softmax ? 2 : 1) + Math.floor(draw.next() * (many ? 2 : 3)) : 2;
  const shape = Array.from({ length: rank }, () => 1 + Math.floor(draw.next() * (many ? 3 : 6)));
  const axis = free ? Math.floor(draw.next() * rank) : rank - 1;
  if (softmax) shape[axis] = draw.oneOf(2, 3, 5, 9, 2 + Math.floor(draw.next() * 30));
  if (many) return { shape, axis };
  // Who takes one for the other gets no wrong length.
  if (form === 'square') shape.fill(draw.oneOf(2, 3, 4, 5));
  else if (form === 'long') {
    const long = Math.floor(draw.next() * rank);
    const rest = product(shape) / shape[long];
    shape[long] = Math.max(shape[long], Math.min(Math.round(10 ** draw.between(1, 2.5)), Math.floor(1500 / rest)));
  }
  return { shape, axis };
}

/** Logits near each other or far apart, with ties and both zeros, or of every size. */
function logitsFor({ member }: FamilyFactory, subject: Subject, draw: Draw, length: number, spread: number): number[] {
  const sign = () => draw.oneOf(-1, 1);
  // Beyond 100 not every member keeps the digits of its gradient, which the promise does not ask for.
  const reach = member.key === 'crossEntropy' || member.key === 'focal' ? 4 : 2;
  const ways = [
    () => draw.between(-spread, spread),
    () => draw.between(-spread, spread),
    () => sign() * (Math.round(draw.between(0, 2 * spread) / 2) / 2),
    () => sign() * 10 ** draw.between(-12, reach),
  ];
  const usual = draw.oneOf(...ways);
  // Some that are all but certain, among others.
  const rare = draw.oneOf(0, 0, 0.06);
  const one = () => (draw.next() < rare ? sign() * 10 ** draw.between(1.5, reach) : usual());
  return draw.numbers(length, one, subject.dtype);
}

/** Rows far from each other, of which each is as it was: who takes the largest logit of all for that of a row has nothing left of others. */
export function apart(logits: readonly number[], { shape, axis }: Shaped, draw: Draw, dtype: Dtype): number[] {
  const inner = product(shape.slice(axis + 1));
  const all = inner * shape[axis];
  const shifts = Array.from({ length: logits.length / shape[axis] }, () => draw.oneOf(-1000, -200, 0, 300, 1000));
  return logits.map((x, i) => round(x + shifts[Math.floor(i / all) * inner + (i % inner)], dtype));
}

interface Weighted {
  weights?: readonly number[];
  readonly weightsShape?: readonly number[];
}

/** No weights, one per target, or some that broadcast; 0, tiny and large ones among them. */
function weightsFor(subject: Subject, draw: Draw, shape: readonly number[], wanted: Wanted['weights']): Weighted {
  const kind = wanted ?? draw.oneOf('none', 'none', 'none', 'each', 'each', 'last', 'along', 'shared');
  if (!subject.can('weights') || kind === 'none') return {};
  const usual = [() => draw.next(), () => draw.between(0, 20), () => 0];
  const far = subject.dtype === 'float16' ? usual : [() => 10 ** draw.between(-9, 0), () => 10 ** draw.between(0, 3)];
  const sparse = kind === 'sparse' ? new Array(12).fill(() => 0) : [];
  const kinds = draw.next() < 0.1 ? [() => 0] : [...usual, ...far, ...sparse];
  const weights = (count: number) => draw.numbers(count, () => draw.oneOf(...kinds)(), subject.dtype);
  if (!subject.can('broadcastWeights') || kind === 'each' || kind === 'sparse')
    return { weights: weights(product(shape)) };
  const last = shape.at(-1);
  if (last !== undefined && kind === 'last') return { weights: weights(last) };
  const only = kind === 'along' ? Math.floor(draw.next() * shape.length) : undefined;
  const weightsShape = shape
    .map((size, k) => (only === undefined ? draw.oneOf(1, size) : only === k ? size : 1))
    .slice(draw.oneOf(0, Math.min(1, shape.length - 1)));
  return { weights: weights(product(weightsShape)), weightsShape };
}

/** Where the classes are, said or not where it is the last. */
export function axisFor(draw: Draw, axis: number, rank: number): Pick<Input, 'axis'> {
  if (axis === rank - 1 && draw.next() < 0.7) return {};
  return { axis: draw.oneOf(axis, axis - rank) };
}

/** A call that has what is wanted of it, and is drawn otherwise. */
export function drawnCall(factory: FamilyFactory, subject: Subject, draw: Draw, wanted: Wanted = {}): RandomCall {
  const { dtype } = subject;
  const softmax = factory.link === 'softmax';
  const { shape, axis } = wanted.shaped ?? shapeFor(subject, draw, softmax, wanted.form);
  const classes = shape[axis];
  const options = optionsOf(factory, subject, draw, classes, wanted);
  const drawn = logitsFor(factory, subject, draw, product(shape), wanted.spread ?? draw.oneOf(1, 8, 30, 60));
  const logits = softmax && draw.next() < 0.15 ? apart(drawn, { shape, axis }, draw, dtype) : drawn;
  const ofTargets = softmax ? shape.filter((_, k) => k !== axis) : shape;
  const count = product(ofTargets);

  const isPlace = factory.member.targets === 'place';
  const rows = softmax && !isPlace && !wanted.ignored && subject.can('rowTargets') && draw.next() < 0.5;
  const soft = subject.can('softLabels');
  const label = () => (soft ? draw.oneOf(0, 1, draw.share(6)) : draw.oneOf(0, 1));
  const target = softmax ? () => (isPlace ? draw.next() * (classes - 1) : Math.floor(draw.next() * classes)) : label;
  const targets = rows
    ? draw.numbers(product(shape), () => draw.oneOf(0, draw.next(), draw.share(6)), dtype)
    : draw.numbers(count, target, dtype);
  if (!rows && subject.can('ignoreIndex') && (wanted.ignored || draw.next() < 0.4)) {
    // A label or class may be what is ignored, too.
    // And what some integer type takes for a class that is there.
    const seen = Math.floor(Math.max(0, targets[0] ?? 0));
    const aliases = softmax ? [seen - 256, seen + 256] : [];
    options.ignoreIndex = draw.oneOf(-1, -100, 255, 0, softmax ? classes - 1 : 1, ...aliases);
    // One in two or three, one in ten, or nearly all of them: what counts may be compacted.
    const gap = wanted.ignored ? 1.2 : draw.oneOf(4, 4, 20, 1.2);
    for (let i = 0; i < count; i += 1 + Math.floor(draw.next() * gap)) targets[i] = options.ignoreIndex as number;
  }
  const weighted = weightsFor(subject, draw, ofTargets, wanted.weights);
  const { weights } = weighted;
  if (options.ignoreIndex !== undefined && weights?.length === count && draw.next() < 0.1) {
    // Only what is ignored has a weight.
    weighted.weights = weights.map((weight, i) => (targets[i] === options.ignoreIndex ? weight : 0));
  }
  const isFree = options.reduction === 'mean' && wanted.normalizer === undefined;
  const overridden = isFree && subject.can('normalizer') && draw.next() < 0.25;
  const input: Input = {
    logits,
    targets,
    shape,
    offset: Math.floor(draw.next() * 4),
    ...(subject.can('axis') && axisFor(draw, axis, shape.length)),
    ...weighted,
    ...(overridden && { normalizer: 10 ** draw.between(-2, 4) }),
  };
  return { factory, options, input };
}
