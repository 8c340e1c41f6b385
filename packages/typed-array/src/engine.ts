import type { Totals } from '@focal-loss/core';
import type { GradArray, Logits, NumericArray } from './arrays.ts';

/** One call, its arguments checked against each other. */
export interface Job {
  readonly logits: Logits;
  readonly targets: NumericArray;
  readonly weights: NumericArray | undefined;
  readonly rows: number;
  /** 1 at a sigmoid. */
  readonly classes: number;
  /** Where single losses go, for reduction `'none'`. */
  readonly values: Float32Array | Float64Array | undefined;
  readonly grad: GradArray | undefined;
  /** Set by `tally`: all targets so far are 0 or 1, and need no second look. */
  hard: boolean;
  /** Set by `tally`: the first row of the block whose targets the engine still has, if it is run next. */
  there?: number | undefined;
}

/** Works a job off in blocks of rows; at a sigmoid a row is one entry. */
export interface Engine {
  /** Rows of a block. Sums are formed block by block, so that they are the same on every run. */
  readonly block: number;
  /**
   * Checks the targets and weights of `n` rows from `first` on, and adds them to `totals`.
   *
   * @throws {@link FocalLossError} naming the index of a bad one.
   */
  tally(job: Job, totals: Totals, first: number, n: number): void;
  /** Computes `n` rows from `first` on, writes what the job wants written, and returns the sum of their losses. */
  run(job: Job, divide: number, first: number, n: number): number;
}
