import {
  type Loss,
  qualityFocal,
  type Reduction,
  sigmoidCrossEntropy,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxCrossEntropy,
  softmaxFocal,
  softmaxFocalStar,
} from '@focal-loss/core';
import type { Input } from '../vectors.ts';

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What the laws draw their inputs from. Every number is exact in float16, so no law is about rounding. */
export interface SampleOptions {
  readonly seed: number;
  /** How many entries. */
  readonly n: number;
  /** Logits lie in (−span, span), in steps of 2⁻⁵; at most 32. */
  readonly span?: number;
  /** At a softmax. */
  readonly classes?: number;
}

/** A seeded input. About a third of the entries of a sigmoid are positive. */
export function sample({ seed, n, span = 16, classes = 1 }: SampleOptions): Input {
  const next = random(seed);
  const draw = (length: number, one: () => number) => Array.from({ length }, one);
  const logits = draw(n * classes, () => Math.trunc((2 * next() - 1) * span * 32) / 32);
  if (classes > 1) return { logits, targets: draw(n, () => Math.floor(next() * classes)), shape: [n, classes] };
  return { logits, targets: draw(n, () => Number(next() < 1 / 3)) };
}

/** The options laws vary. */
export interface Varied {
  reduction?: Reduction;
  ignoreIndex?: number;
  normalizer?: 'weights';
}

/** A loss of the family whose reduction is still open. */
export interface Family {
  readonly id: string;
  readonly make: (options: Varied) => Loss;
}

/** Members with a logit each. */
export const sigmoids: readonly Family[] = [
  { id: 'sigmoidCrossEntropy', make: (o) => sigmoidCrossEntropy(o) },
  { id: 'sigmoidFocal-0.5', make: (o) => sigmoidFocal({ gamma: 0.5, ...o }) },
  { id: 'sigmoidFocal-2', make: (o) => sigmoidFocal({ gamma: 2, ...o }) },
  { id: 'sigmoidFocal-2-alpha', make: (o) => sigmoidFocal({ gamma: 2, alpha: 0.25, ...o }) },
  { id: 'sigmoidFocal-5', make: (o) => sigmoidFocal({ gamma: 5, ...o }) },
  { id: 'sigmoidFocalStar-2-1', make: (o) => sigmoidFocalStar({ gamma: 2, beta: 1, ...o }) },
  { id: 'qualityFocal-2', make: (o) => qualityFocal({ beta: 2, ...o }) },
];

/** Members of rows of three logits. */
export const softmaxes: readonly Family[] = [
  { id: 'softmaxCrossEntropy', make: (o) => softmaxCrossEntropy(o) },
  { id: 'softmaxFocal-0.5', make: (o) => softmaxFocal({ gamma: 0.5, ...o }) },
  { id: 'softmaxFocal-2', make: (o) => softmaxFocal({ gamma: 2, ...o }) },
  { id: 'softmaxFocalStar-2-1', make: (o) => softmaxFocalStar({ gamma: 2, beta: 1, ...o }) },
];
