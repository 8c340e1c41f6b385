import { denominator, type Loss, type Totals } from '@focal-loss/core';
import type { Call } from './call.ts';
import type { Engine } from './engine.ts';
import { reduce } from './reduce.ts';

/** A call on its engine, and what is left to do: run the blocks of rows. */
export interface Prepared {
  readonly call: Call;
  readonly engine: Engine;
  /** What everything is divided by; 0 if there is nothing to average. */
  readonly divide: number;
  /** Whether the targets and weights of each block are looked at just before it is run. */
  readonly looksOnTheWay: boolean;
}

/**
 * Finds the denominator. Writes nothing.
 *
 * @param mayStop Whether a bad target may also be found half way, because nothing the caller has is written to. If the
 *   denominator is known without a look at the targets, it is then left to whoever runs the blocks.
 * @throws {@link FocalLossError} naming the index of a bad target or weight.
 */
export function prepare(
  loss: Loss,
  call: Call,
  engine: Engine,
  normalizer: number | undefined,
  mayStop: boolean,
): Prepared {
  const looksOnTheWay = mayStop && (normalizer !== undefined || countIsEnough(loss));
  const totals: Totals = { count: 0, positives: 0, weights: 0 };
  if (looksOnTheWay) totals.count = call.rows;
  else eachBlock(call, engine, (first, n) => engine.tally(call, totals, first, n));
  return { call, engine, divide: denominator(loss, totals, normalizer), looksOnTheWay };
}

/** Runs all blocks on this thread, and returns the reduced value. */
export function run({ call, engine, divide, looksOnTheWay }: Prepared): number {
  const totals: Totals = { count: 0, positives: 0, weights: 0 };
  const sums: number[] = [];
  eachBlock(call, engine, (first, n) => {
    if (looksOnTheWay) engine.tally(call, totals, first, n);
    sums.push(engine.run(call, divide, first, n));
  });
  return reduce(sums, divide);
}

/** Whether the number of entries says what to divide by. */
const countIsEnough = ({ reduction, normalizer, ignoreIndex }: Loss): boolean =>
  reduction !== 'mean' || (normalizer === 'count' && ignoreIndex === undefined);

function eachBlock({ rows }: Call, { block }: Engine, work: (first: number, n: number) => void): void {
  for (let first = 0; first < rows; first += block) work(first, Math.min(block, rows - first));
}
