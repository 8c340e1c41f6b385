/** How much of everything the study takes. */
export interface Sizes {
  readonly positives: number;
  readonly negatives: number;
}

export interface Plan {
  /** Negatives for each positive. */
  readonly ratios: readonly number[];
  /** Steps of training. */
  readonly lengths: Readonly<Record<Length, number>>;
  /** Windows of a step. */
  readonly batch: number;
  readonly hidden: number;
  /** Configurations that are drawn for each loss. */
  readonly trials: number;
  /** Of these, how many of the best are trained with a second seed; the best mean is taken. */
  readonly again: number;
  /** With which the taken configuration is trained and tested. */
  readonly seeds: readonly number[];
  /** What windows are drawn from, for each part of the images. */
  readonly pools: Readonly<Record<'train' | 'validation' | 'test', Sizes>>;
}

export type Length = 'short' | 'long';
export const lengths: readonly Length[] = ['short', 'long'];

export const FULL: Plan = {
  ratios: [10, 100, 1000, 10000],
  lengths: { short: 250, long: 1000 },
  batch: 512,
  hidden: 16,
  trials: 12,
  again: 3,
  seeds: [1, 2, 3, 4, 5],
  pools: {
    train: { positives: 4000, negatives: 400_000 },
    validation: { positives: 400, negatives: 50_000 },
    test: { positives: 1000, negatives: 200_000 },
  },
};

/** A few seconds: that it runs, and comes out the same twice. */
export const QUICK: Plan = {
  ratios: [100],
  lengths: { short: 20, long: 40 },
  batch: 64,
  hidden: 8,
  trials: 2,
  again: 1,
  seeds: [1, 2],
  pools: {
    train: { positives: 40, negatives: 4000 },
    validation: { positives: 40, negatives: 2000 },
    test: { positives: 40, negatives: 2000 },
  },
};
