import { type Layout, type Loss, tally, tallyRows } from '@focal-loss/core';
import { gather, gatherRows, type NumericArray, scatter, scatterRows } from './arrays.ts';
import type { Call } from './call.ts';
import { elementwise } from './elementwise.ts';
import type { Engine } from './engine.ts';
import { kernelLanes } from './float64/kernel.ts';
import { BLOCK, loadLabels, newLanes } from './lanes.ts';
import { exampleSums } from './reduce.ts';
import { rowwise } from './rowwise.ts';
import { smoothing } from './smooth.ts';
import { softRows } from './softRows.ts';

/** What an engine is made for. */
export interface RowKind extends Pick<Layout, 'classes' | 'targetRows'> {
  /** Whether WebAssembly may be used. */
  readonly fast: boolean;
}

/** Computes `n` rows, which fit one block, and writes what is wanted for each logit. Losses of rows are left in `values`. */
interface Rows {
  readonly block: number;
  readonly values: Float64Array;
  run(call: Call, divide: number, first: number, n: number): number;
}

/** The engine that runs everywhere and everything: float64 lanes, kernels in JavaScript. */
export function javascriptEngine(loss: Loss, { classes, targetRows, fast }: RowKind): Engine {
  const { block, values, run } =
    loss.link === 'sigmoid'
      ? entries(loss, fast)
      : targetRows || loss.targets === 'place' || loss.labelSmoothing !== 0
        ? probabilities(loss, classes, targetRows, fast)
        : indices(loss, classes, fast);

  /** @param goesOn Whether the block follows another of the same `run`, whose last example it may continue. */
  function runBlock(call: Call, divide: number, first: number, n: number, goesOn: boolean): number {
    const sum = run(call, divide, first, n);
    const { examples, start, perExample } = call;
    if (examples !== undefined) {
      const [own, ...others] = exampleSums(call, values, first, n);
      if (goesOn && (start + first) % perExample !== 0) examples[examples.length - 1] += own;
      else examples.push(own);
      examples.push(...others);
    } else if (call.values !== undefined) scatter(values, n, call.values, first);
    return sum;
  }

  return {
    block,
    tally: targetRows ? rowTally(loss, classes, block) : labelTally(loss, classes),
    run(call, divide, first, n) {
      let sum = 0;
      for (let from = first; from < first + n; from += block) {
        sum += runBlock(call, divide, from, Math.min(block, first + n - from), from > first);
      }
      return sum;
    },
  };
}

/** Logits of their own. */
function entries(loss: Loss, fast: boolean): Rows {
  const kernel = elementwise(loss, fast);
  const lanes = (fast ? kernelLanes() : undefined) ?? newLanes();
  const smooth = smoothing(loss, BLOCK);
  return {
    block: BLOCK,
    values: lanes.value,
    run(call, divide, first, n) {
      const { logits, grad, hess, wants } = call;
      loadLabels(loss, lanes, call, divide, first, n);
      gather(logits, first, n, lanes.x);
      smooth?.before(n, lanes);
      const sum = kernel(n, lanes, wants);
      smooth?.after(n, lanes);
      if (grad !== undefined) scatter(lanes.grad, n, grad, first);
      if (hess !== undefined) scatter(lanes.hess, n, hess, first);
      return sum;
    },
  };
}

/** Rows of logits and a class of each. */
function indices(loss: Loss, classes: number, fast: boolean): Rows {
  const kernel = elementwise(loss, fast);
  const lanes = (fast ? kernelLanes() : undefined) ?? newLanes();
  const rows = rowwise(classes);
  return {
    block: rows.rows,
    values: lanes.value,
    run(call, divide, first, n) {
      const { logits, grad, hess, wants } = call;
      loadLabels(loss, lanes, call, divide, first, n);
      gatherRows(logits, call, first, n, rows.logits);
      rows.margins(n, lanes);
      const sum = kernel(n, lanes, wants);
      if (grad !== undefined) {
        rows.gradient(n, lanes, hess !== undefined);
        scatterRows(rows.logits, call, n, grad, first);
      }
      if (hess !== undefined) scatterRows(rows.curves, call, n, hess, first);
      return sum;
    },
  };
}

/** Rows of logits and rows of probabilities. */
function probabilities(loss: Loss, classes: number, targetRows: boolean, fast: boolean): Rows {
  const rows = softRows(loss, classes, targetRows, fast);
  return {
    block: rows.rows,
    values: rows.values,
    run(call, divide, first, n) {
      const { logits, grad, hess } = call;
      gatherRows(logits, call, first, n, rows.logits);
      const sum = rows.run(call, divide, first, n);
      if (grad !== undefined) scatterRows(rows.logits, call, n, grad, first);
      if (hess !== undefined) scatterRows(rows.curves, call, n, hess, first);
      return sum;
    },
  };
}

/** Looks at one target a row. */
function labelTally(loss: Loss, classes: number): Engine['tally'] {
  const [y, weight] = [new Float64Array(BLOCK), new Float64Array(BLOCK)];
  return ({ targets, weights }, totals, first, n) => {
    for (let from = first; from < first + n; from += BLOCK) {
      const size = Math.min(BLOCK, first + n - from);
      gather(targets, from, size, y);
      if (weights !== undefined) gather(weights, from, size, weight);
      tally(loss, totals, size, y, weights && weight, classes, from);
    }
  };
}

/** Looks at rows of probabilities. */
function rowTally(loss: Loss, classes: number, block: number): Engine['tally'] {
  const [y, weight] = [new Float64Array(block * classes), new Float64Array(block)];
  return (call, totals, first, n) => {
    const { targets, weights, rows, inner } = call;
    for (let from = first; from < first + n; from += block) {
      const size = Math.min(block, first + n - from);
      gatherRows(targets, call, from, size, y);
      if (weights !== undefined) gather(weights, from, size, weight);
      try {
        tallyRows(loss, totals, size, y, weights && weight, classes);
      } catch {
        // Once more, over all, for the index it has in the caller's array.
        const anew = { count: 0, positives: 0, weights: 0 };
        tallyRows(loss, anew, rows, numbersOf(targets), weights && numbersOf(weights), classes, inner);
      }
    }
  };
}

function numbersOf(source: NumericArray): Float64Array {
  const numbers = new Float64Array(source.length);
  gather(source, 0, source.length, numbers);
  return numbers;
}
