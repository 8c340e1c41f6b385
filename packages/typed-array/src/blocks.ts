import { denominator, type Loss, type Totals } from '@focal-loss/core';
import type { Call } from './call.ts';
import type { Engine } from './engine.ts';
import { eachExample, reduce } from './reduce.ts';

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

/** Runs all blocks on this thread, and returns the reduced value; losses of their own go to `call.values`. */
export function run({ call, engine, divide, looksOnTheWay }: Prepared): number {
  const totals: Totals = { count: 0, positives: 0, weights: 0 };
  const sums: number[] = [];
  eachBlock(call, engine, (first, n) => {
    if (looksOnTheWay) engine.tally(call, totals, first, n);
    sums.push(engine.run(call, divide, first, n));
  });
  addExamples(call, engine);
  return reduce(sums, divide);
}

/** Whether the number of entries says what to divide by. */
const countIsEnough = ({ reduction, normalizer, ignoreIndex }: Loss): boolean =>
  reduction !== 'mean' || (normalizer === 'count' && ignoreIndex === undefined);

/**
 * Rows after which a call may be cut in two: no block goes over such an end, and none of the parts' memory is torn. Where rows
 * lie side by side that is where their neighbours end, or that of a few such.
 */
export function unitOf({ inner }: Call, { block }: Engine): number {
  return inner > block ? inner : Math.floor(block / inner) * inner;
}

/** The blocks of a call, which are the same whoever runs them. */
export interface Blocks {
  readonly count: number;
  /** The first row of a block, and how many it has. */
  at(index: number): readonly [first: number, n: number];
}

/** Blocks in the order in which their sums are added; none goes over the end of a unit. */
export function blocksOf(call: Call, engine: Engine): Blocks {
  const { rows } = call;
  const { block } = engine;
  const unit = unitOf(call, engine);
  const each = Math.ceil(unit / block);
  const whole = Math.floor(rows / unit);
  return {
    count: whole * each + Math.ceil((rows - whole * unit) / block),
    at(index) {
      const start = Math.floor(index / each) * unit;
      const first = start + (index % each) * block;
      return [first, Math.min(block, start + unit - first, rows - first)];
    },
  };
}

/** Calls `work` for one block after the other. */
export function eachBlock(call: Call, engine: Engine, work: (first: number, n: number) => void): void {
  const { count, at } = blocksOf(call, engine);
  for (let i = 0; i < count; i++) work(...at(i));
}

/** Adds up what all blocks had of each example, into `call.values`: in the order of the blocks, whoever ran them. */
export function addExamples(call: Call, engine: Engine): void {
  const { examples: sums, values } = call;
  if (sums === undefined || values === undefined) return;
  // Examples without entries have no block.
  if (call.rows === 0) values.fill(0);
  let next = 0;
  // Neumaier's sum, as core's `accumulator`, of which there would be one for each example.
  let open = 0;
  let total = 0;
  let lost = 0;
  eachBlock(call, engine, (first, n) => {
    eachExample(call, first, n, (_, __, example) => {
      if (example !== open) {
        open = example;
        total = 0;
        lost = 0;
      }
      const term = sums[next++];
      const sum = total + term;
      lost += Math.abs(total) >= Math.abs(term) ? total - sum + term : term - sum + total;
      total = sum;
      values[example] = Math.abs(total) < Infinity ? total + lost : total;
    });
  });
}
