import type { Link } from '@focal-loss/core';

/** How much is measured; all times in milliseconds. */
export interface Plan {
  readonly links: readonly Link[];
  readonly gammas: readonly number[];
  readonly sizes: readonly number[];
  /** Beside the one that warms up. */
  readonly rounds: number;
  /** For how long a rival is run in one round, at least once. */
  readonly time: number;
  /** A rival whose run takes longer runs in the round of warming up only, and is measured there. */
  readonly patience: number;
  /** A rival whose run would take longer, by what it took at the size before, is left out. */
  readonly limit: Readonly<Record<number, number>>;
}

/** The size of the column of ratios. */
export const LARGE = 2 ** 20;
const HUGE = 10 ** 7;

export const full: Plan = {
  links: ['sigmoid', 'softmax'],
  gammas: [2, 1.5],
  sizes: [1e3, 1e4, 1e5, LARGE, HUGE],
  rounds: 7,
  time: 15,
  patience: 300,
  limit: { [HUGE]: 500 },
};

export const quick: Plan = {
  ...full,
  sizes: [1e3, 1e5, LARGE],
  rounds: 3,
  time: 10,
  patience: 60,
  limit: { [LARGE]: 250 },
};
