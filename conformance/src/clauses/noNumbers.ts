/**
 * What calls have in common in which some numbers are none, or none that may be.
 *
 * @module
 */
import { familyFactories } from '../family.ts';
import type { Subject } from '../subject.ts';
import type { Input } from '../vectors.ts';
import type { Draw } from './draw.ts';
import type { RandomCall } from './shrink.ts';

/** A GPU compiles a program for each call. */
export const callsOf = ({ device }: Subject): number => (device === 'gpu' ? 2 : 12);

/** Losses that are told apart by what they do with logits; the others have the same frames. */
export const chosen = familyFactories.filter(
  ({ member: { key, targets } }) => targets === 'place' || key === 'crossEntropy' || key === 'focal',
);

/** What a backend has to have for calls of a factory. */
export const needsOf = ({ name, link, member }: (typeof chosen)[number]) => [
  `loss:${name}` as const,
  ...(link === 'softmax' ? (['softmax'] as const) : []),
  ...(member.targets === 'place' ? (['rowTargets'] as const) : []),
];

/** Numbers of which one is another. */
export const changed = (numbers: readonly number[], at: number, to: number) =>
  numbers.map((one, i) => (i === at ? to : one));

/** Whether targets are rows of probabilities. */
export const isRows = ({ factory, input }: RandomCall) =>
  factory.link === 'softmax' && input.targets.length === input.logits.length;

/** NaN and infinities as words. */
export const spelledInput = (input: Input) =>
  JSON.parse(JSON.stringify(input, (_, one) => (typeof one === 'number' && !Number.isFinite(one) ? String(one) : one)));

/** Numbers of entries between a few and what a kernel cuts into chunks, each with a place in it: the last, or any. */
export function largePlaces(subject: Subject, draw: Draw): { readonly n: number; readonly at: number }[] {
  const most = Math.min(70_000, subject.largest);
  return Array.from({ length: subject.device === 'gpu' ? 2 : 10 }, (_, i) => {
    const n = Math.max(2, Math.floor(Math.min(10 ** draw.between(1 + 0.3 * i, 1.9 + 0.3 * i), most)));
    return { n, at: draw.next() < 0.3 ? n - 1 : Math.floor(draw.next() * n) };
  });
}
