/**
 * What calls have in common in which some numbers are none, or none that may be.
 *
 * @module
 */
import type { Link } from '@focal-loss/core';
import type { Need } from '../backend.ts';
import { type FamilyFactory, familyFactories } from '../family.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import { customFactory } from './customLosses.ts';
import type { Draw } from './draw.ts';
import { product } from './drawCall.ts';
import { classAxisOf } from './gather.ts';
import { needsOf } from './needs.ts';
import type { RandomCall } from './shrink.ts';

/** A GPU compiles a program for each call. */
export const callsOf = ({ device }: Subject): number => (device === 'gpu' ? 2 : 12);

/** Losses that are told apart by what they do with logits; the others have the same frames. */
const isChosen = ({ member: { key, targets } }: FamilyFactory) =>
  targets === 'place' || key === 'crossEntropy' || key === 'focal';

/** The others, whose kernels may look at labels in a way of their own. */
export const others = familyFactories.filter((factory) => !isChosen(factory));

/** Where the losses of a check come from. */
export interface Source {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly isCustom: boolean;
  /** The factory of the next call. */
  readonly factory: (draw: Draw) => FamilyFactory;
  /** Calls of a check. */
  readonly calls: (subject: Subject) => number;
}

const ofFamily = (factory: FamilyFactory): Source => ({
  name: factory.name,
  needs: needsOf(factory),
  isCustom: false,
  factory: () => factory,
  calls: callsOf,
});

const custom = (link: Link): Source => ({
  name: `${link}Custom`,
  needs: ['customLoss', ...(link === 'softmax' ? (['softmax'] as const) : [])],
  isCustom: true,
  factory: (draw) => customFactory(draw, link, true),
  calls: ({ device }) => (device === 'gpu' ? 1 : 12),
});

/** Members of the family, each with a check of its own. */
export const chosen: readonly FamilyFactory[] = familyFactories.filter(isChosen);

/** These, and losses of one's own. */
export const sources: readonly Source[] = [...chosen.map(ofFamily), custom('sigmoid'), custom('softmax')];

/** Numbers of which one is another. */
export const changed = (numbers: readonly number[], at: number, to: number) =>
  numbers.map((one, i) => (i === at ? to : one));

/** Whether targets are rows of probabilities. */
export const isRows = ({ factory, input }: RandomCall) =>
  factory.link === 'softmax' && input.targets.length === input.logits.length;

/** How many classes there are, and how far apart those of a row lie. */
export function classesOf(input: Input): { readonly classes: number; readonly inner: number } {
  const { shape = [input.logits.length] } = input;
  const at = classAxisOf(input, shape.length);
  return { classes: shape[at], inner: product(shape.slice(at + 1)) };
}

/** The places of the logits of the i-th row. */
export function placesOfRow(input: Input, i: number): number[] {
  const { classes, inner } = classesOf(input);
  const first = Math.floor(i / inner) * classes * inner + (i % inner);
  return Array.from({ length: classes }, (_, c) => first + c * inner);
}

/** NaN, the infinities and −0 as words. */
export const spelledInput = (input: Input) =>
  JSON.parse(
    JSON.stringify(input, (_, one) =>
      typeof one === 'number' && (!Number.isFinite(one) || Object.is(one, -0)) ? (one === 0 ? '-0' : String(one)) : one,
    ),
  );

/** Numbers of entries between a few and what a kernel cuts into chunks, each with a place in it: the last, or any. */
export function largePlaces(subject: Subject, draw: Draw): { readonly n: number; readonly at: number }[] {
  const most = Math.min(70_000, subject.largest);
  return Array.from({ length: subject.device === 'gpu' ? 2 : 10 }, (_, i) => {
    const n = Math.max(2, Math.floor(Math.min(10 ** draw.between(1 + 0.3 * i, 1.9 + 0.3 * i), most)));
    return { n, at: draw.next() < 0.3 ? n - 1 : Math.floor(draw.next() * n) };
  });
}
