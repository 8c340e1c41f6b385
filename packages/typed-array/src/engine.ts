import type { Totals } from '@focal-loss/core';
import type { Call } from './call.ts';

/** Works a call off in blocks of rows; at a sigmoid a row is one entry. */
export interface Engine {
  /** Rows of a block. Sums are formed block by block, so that they are the same on every run. */
  readonly block: number;
  /**
   * Looks at the targets and weights of `n` rows from `first` on, and adds them to `totals`.
   *
   * @throws {@link FocalLossError} naming the index of a bad one.
   */
  tally(call: Call, totals: Totals, first: number, n: number): void;
  /**
   * Computes `n` rows from `first` on and writes what the call wants written.
   *
   * @param divide What the gradient is divided by; 0 if there is nothing to average.
   * @returns The sum of the rows' losses, not yet divided: tiny losses keep their digits.
   */
  run(call: Call, divide: number, first: number, n: number): number;
}
