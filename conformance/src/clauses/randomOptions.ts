/**
 * Calls drawn at random with every option a loss and a call have: what options do to each other. A backend that lacks one is
 * not given it. The truth is core's reference.
 *
 * @module
 */
import { classesBack, classesLast, denominatorFor, type Loss, layout, reference, weightsOf } from '@focal-loss/core';
import { allowances, flushed } from '../compare.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Check, Clause } from './clause.ts';
import { Draw } from './draw.ts';
import { judged } from './judged.ts';
import { placeOfLogit } from './place.ts';
import { type Scales, scalesOfLabels, scalesOfRows } from './scales.ts';
import type { RandomCall } from './shrink.ts';
import { statements } from './statements.ts';

/** Calls a check makes, by the order of derivatives. A GPU compiles a program for each, which takes one in software a second. */
const callsOf = ({ device }: Subject, order: 1 | 2): number => (order === 1 ? 12 : 6) / (device === 'gpu' ? 6 : 1);

/** The options of a loss that is made of a call: those that a backend has. */
function optionsOf(factory: FamilyFactory, subject: Subject, draw: Draw, classes: number): Record<string, unknown> {
  const maybe = (chance: number, feature?: Parameters<Subject['can']>[0]) =>
    draw.next() < chance && (feature === undefined || subject.can(feature));
  const softmax = factory.link === 'softmax';
  const widest = subject.device === 'cpu' ? 20 : 5;
  const options: Record<string, unknown> = { ...draw.setting(factory, widest) };
  const reductions = ['none', 'sum', 'mean', 'mean', ...(subject.can('examples') ? ['example'] : [])];
  options.reduction = draw.oneOf(...reductions);
  if (factory.hasAlpha && maybe(0.6)) {
    const list = softmax || maybe(0.5, 'classAlpha');
    const own = () => (softmax ? draw.between(0.1, 3) : draw.share(4));
    options.alpha = list ? Array.from({ length: classes }, own) : own();
  }
  const takesSmoothing = factory.member.targets !== 'place';
  if (takesSmoothing && maybe(0.4, 'labelSmoothing')) options.labelSmoothing = 10 ** draw.between(-3, -0.3);
  if (options.reduction === 'mean') {
    const hasPositives = !softmax || factory.member.targets !== 'place';
    options.normalizer = draw.oneOf('count', 'weights', ...(hasPositives ? ['positives'] : []));
    if (softmax && options.normalizer === 'positives') options.background = Math.floor(draw.next() * classes);
  }
  return options;
}

/** A shape of one to four axes, and which has the classes. */
function shapeFor(subject: Subject, draw: Draw, softmax: boolean): { shape: number[]; axis: number } {
  const free = subject.can('axis');
  const rank = free ? 2 + Math.floor(draw.next() * 3) : 2;
  const shape = Array.from({ length: rank }, () => 1 + Math.floor(draw.next() * 6));
  const axis = free ? Math.floor(draw.next() * rank) : rank - 1;
  if (softmax) shape[axis] = draw.oneOf(2, 3, 5, 9);
  return { shape, axis };
}

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

function drawn(factory: FamilyFactory, subject: Subject, draw: Draw, call: number): RandomCall {
  const { dtype } = subject;
  const softmax = factory.link === 'softmax';
  const { shape, axis } = shapeFor(subject, draw, softmax);
  const classes = shape[axis];
  const options = optionsOf(factory, subject, draw, classes);
  const spread = [1, 8, 30, 60][call % 4];
  const logits = draw.numbers(product(shape), () => draw.between(-spread, spread), dtype);
  const ofTargets = softmax ? shape.filter((_, k) => k !== axis) : shape;
  const count = product(ofTargets);

  const isPlace = factory.member.targets === 'place';
  const rows = softmax && !isPlace && subject.can('rowTargets') && draw.next() < 0.5;
  const soft = subject.can('softLabels');
  const label = () => (soft ? draw.oneOf(0, 1, draw.share(6)) : draw.oneOf(0, 1));
  const target = softmax ? () => (isPlace ? draw.next() * (classes - 1) : Math.floor(draw.next() * classes)) : label;
  const targets = rows
    ? draw.numbers(product(shape), () => draw.oneOf(0, draw.next(), draw.share(6)), dtype)
    : draw.numbers(count, target, dtype);
  if (!rows && subject.can('ignoreIndex') && draw.next() < 0.4) {
    options.ignoreIndex = -1;
    for (let i = 0; i < count; i += 1 + Math.floor(draw.next() * 4)) targets[i] = -1;
  }
  const input: Input = {
    logits,
    targets,
    shape,
    ...(axis !== shape.length - 1 && { axis }),
    ...weightsFor(subject, draw, ofTargets),
  };
  return { factory, options, input };
}

/** No weights, one per target, or some that broadcast. */
function weightsFor(subject: Subject, draw: Draw, shape: readonly number[]): Pick<Input, 'weights' | 'weightsShape'> {
  const { dtype } = subject;
  const weights = (count: number) => draw.numbers(count, () => draw.oneOf(0, draw.next(), draw.between(0, 20)), dtype);
  if (!subject.can('weights') || draw.next() < 0.4) return {};
  if (!subject.can('broadcastWeights') || draw.next() < 0.5) return { weights: weights(product(shape)) };
  const weightsShape = shape.map((size) => draw.oneOf(1, size)).slice(draw.oneOf(0, Math.min(1, shape.length - 1)));
  return { weights: weights(product(weightsShape)), weightsShape };
}

/** The sizes of the terms of what comes out: weights, α and denominator included. */
function scalesFor(factory: FamilyFactory, loss: Loss, input: Input, rows: boolean): Scales {
  const { logits, targets, ...options } = input;
  const at = layout(loss, logits, targets, options);
  const { classes, categories, perExample } = at;
  const weights = weightsOf(at, input.weights) ?? Array<number>(at.rows).fill(1);
  const alphaOf = (i: number) =>
    typeof loss.alpha === 'object' ? loss.alpha[Math.floor(i / categories.inner) % categories.count] : loss.alpha;
  const isIgnored = (i: number) => !rows && targets[i] === loss.ignoreIndex;
  const raw =
    loss.link === 'sigmoid'
      ? scalesOfLabels(loss, { ...input, targets: targets.map((y, i) => (isIgnored(i) ? 0 : y)) }, 2, alphaOf)
      : scalesOfRows(loss, Array.from(classesLast(logits, at)), rowsOf(factory, loss, input, at, rows), 2);
  const kept = Array.from({ length: at.rows }, (_, i) => (isIgnored(i) ? 0 : weights[i]));
  // Where there is nothing to divide by, there is nothing to measure.
  const divisor = loss.reduction === 'mean' ? denominatorFor(loss, at, targets, weights) || 1 : 1;
  const values = raw.value.map((size, i) => size * kept[i]);
  const spread = (sizes: readonly number[]) =>
    Array.from(
      classesBack(
        Float64Array.from(sizes, (size, i) => (size * kept[Math.floor(i / classes)]) / divisor),
        at,
      ),
    );
  const total = (some: readonly number[]) => some.reduce((sum, size) => sum + size, 0);
  const value = {
    none: () => values,
    example: () =>
      Array.from({ length: perExample === 0 ? 0 : values.length / perExample }, (_, i) =>
        total(values.slice(i * perExample, (i + 1) * perExample)),
      ),
    sum: () => [total(values)],
    mean: () => [total(values) / divisor],
  }[loss.reduction]();
  return { value, grad: spread(raw.grad), hess: spread(raw.hess) };
}

/** Targets as rows of probabilities with α, smoothed. */
function rowsOf(
  { member }: FamilyFactory,
  { alpha, labelSmoothing }: Loss,
  { targets }: Input,
  at: { rows: number; classes: number; inner: number },
  rows: boolean,
): number[][] {
  const { classes } = at;
  const all = rows ? classesLast(targets, at) : undefined;
  return Array.from({ length: at.rows }, (_, i) =>
    Array.from({ length: classes }, (_, c) => {
      const target = targets[i];
      const share = all
        ? all[i * classes + c]
        : member.targets === 'place'
          ? Math.max(1 - Math.abs(c - target), 0)
          : Number(c === target);
      const smooth = share * (1 - labelSmoothing) + labelSmoothing / classes;
      return smooth * (typeof alpha === 'object' ? alpha[c] : 1);
    }),
  );
}

function check(factory: FamilyFactory, seed: number, order: 1 | 2): Check {
  const softmax = factory.link === 'softmax';
  return {
    id: `${order === 1 ? 'random.options' : 'hess'}/${factory.name}`,
    needs: [
      `loss:${factory.name}`,
      ...(softmax ? (['softmax'] as const) : []),
      ...(factory.member.targets === 'place' ? (['rowTargets'] as const) : []),
      ...(order === 2 ? (['hess'] as const) : []),
    ],
    async run(subject, finding) {
      const draw = new Draw(subject.seed + 7919 * seed);
      for (let call = 0; call < callsOf(subject, order); call++) {
        await judged(finding, drawn(factory, subject, draw, call), (each, finding) =>
          compared(each, subject, finding, order),
        );
      }
    },
  };
}

/** Makes a call and compares it with the truth. */
export async function compared(call: RandomCall, subject: Subject, finding: Finding, order: 1 | 2): Promise<void> {
  const { factory, input } = call;
  const loss = factory.make(call.options);
  const { logits, targets, ...options } = input;
  const truth = reference(loss).valueGradHess(logits, targets, options);
  const got = order === 2 ? await subject.curvature(loss, input) : await subject.evaluate(loss, input);
  const tolerance = flushed(subject) * logits.length;
  const rows = factory.link === 'softmax' && targets.length === logits.length;
  const scales = scalesFor(factory, loss, input, rows);
  if (order === 1) {
    finding.compare('value', got.value, truth.value, { scale: scales.value, tolerance });
    finding.compare('grad', got.grad, truth.grad, { scale: scales.grad, tolerance, place: placeOfLogit(input) });
    return;
  }
  const wide = { scale: scales.hess.map((size) => 4 * size), tolerance };
  finding.compare('hess', got.hess, truth.hess, { ...wide, place: placeOfLogit(input) });
}

/** Every factory, with all options at once. */
export const randomOptions: Clause = {
  id: 'random.options',
  statement: 'losses and calls with all their options at once, drawn at random, are as accurate as each option alone',
  against: 'truth',
  allowance: (dtype, device) => 2 * allowances[dtype][device],
  checks: familyFactories.map((factory, i) => check(factory, 100 + i, 1)),
};

/** Second derivatives, 4 times as far off as values may be. */
export const curvature: Clause = {
  id: 'hess',
  statement: statements.hess,
  against: 'truth',
  allowance: (dtype, device) => allowances[dtype][device],
  checks: familyFactories.map((factory, i) => check(factory, 200 + i, 2)),
};
