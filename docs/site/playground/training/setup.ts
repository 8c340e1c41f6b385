/** What a training run can be set to, and what is drawn for it. */
import { priorBias } from '@focal-loss/core';
import { draw, type Points } from './dataset.ts';
import { create } from './perceptron.ts';

export interface Setup {
  /** Points of the background for each object. */
  readonly imbalance: number;
  /** The probability of an object that a new model gives every point. */
  readonly prior: number;
  /** Which points are drawn. */
  readonly seed: number;
}

/** How many points there are to learn from. */
export const learning = 3000;

/** The points that precision is measured on are others, and more of them objects, so that it is no matter of a few. */
export const held = { positives: 200, negatives: 2000 } as const;

/** After so many steps training stops. */
export const longest = 1500;

/** What a run begins with. */
export interface Start {
  readonly points: Points;
  readonly heldOut: Points;
  /** How many points each of the held-out background stands for, at this imbalance. */
  readonly weight: number;
  /** Both detectors begin with the same parameters. */
  readonly weights: Float32Array;
}

/** Draws what a run begins with: the same for the same setup. */
export function start({ imbalance, prior, seed }: Setup): Start {
  const positives = Math.max(1, Math.round(learning / (imbalance + 1)));
  return {
    points: draw(positives, learning - positives, seed),
    // No seed of a reader's choosing is so large.
    heldOut: draw(held.positives, held.negatives, seed + 2 ** 20),
    weight: (imbalance * held.positives) / held.negatives,
    weights: create(seed + 2 ** 21, priorBias(prior)),
  };
}
