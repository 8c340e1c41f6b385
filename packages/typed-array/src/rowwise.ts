import { margin } from '@focal-loss/core';
import { BLOCK, type Lanes } from './lanes.ts';

/** Softmax losses over a block of whole rows. */
export interface Rowwise {
  /** Whole rows that fit a block, at least one. */
  readonly rows: number;
  /** The rows' logits, to be filled before `margins`; after `gradient` they hold it. */
  readonly logits: Float64Array;
  /** After `gradient` the second derivatives, if they were wanted. */
  readonly curves: Float64Array;
  /** Turns the logits of `n` rows of classes `lanes.y` into margins in `lanes.x` and `lanes.low`. */
  margins(n: number, lanes: Lanes): void;
  /** Spreads the slopes in `lanes.grad`, and the curvatures in `lanes.hess` if they are wanted, over the rows' logits. */
  gradient(n: number, lanes: Lanes, wantsHess: boolean): void;
}

/** The frame around an elementwise kernel that makes a softmax loss of it; see core's `margin`. */
export function rowwise(classes: number): Rowwise {
  const rows = Math.max(1, Math.floor(BLOCK / classes));
  const logits = new Float64Array(rows * classes);
  const others = new Float64Array(rows * classes);
  const curves = new Float64Array(rows * classes);
  const rest = new Float64Array(classes);

  /** r²·f″ − r(1 − r)·f′ at the other classes, and f″ at the row's own. */
  function curvature(i: number, { y, grad, hess }: Lanes): void {
    const from = i * classes;
    if (grad[i] === 0 && hess[i] === 0) curves.fill(0, from, from + classes);
    else {
      sumOthers(others, from, rest);
      for (let j = 0; j < classes; j++) {
        const r = others[from + j];
        curves[from + j] = r * r * hess[i] - r * rest[j] * grad[i];
      }
    }
    curves[from + y[i]] = hess[i];
  }

  return {
    rows,
    logits,
    curves,
    margins(n, { x, low, y }) {
      for (let i = 0; i < n; i++) {
        const at = margin(logits, i * classes, classes, y[i], others);
        x[i] = at.z;
        low[i] = at.low;
      }
    },
    gradient(n, lanes, wantsHess) {
      const { y, grad } = lanes;
      for (let i = 0; i < n; i++) {
        if (wantsHess) curvature(i, lanes);
        const from = i * classes;
        // A silenced row stays silent, even where its logits are NaN.
        if (grad[i] === 0) logits.fill(0, from, from + classes);
        else for (let j = 0; j < classes; j++) logits[from + j] = -others[from + j] * grad[i];
        logits[from + y[i]] = grad[i];
      }
    },
  };
}

/**
 * For each number of a row, from `from` on, the sum of the others: without subtracting the largest from the sum of all, which
 * would cancel.
 */
export function sumOthers(lane: Float64Array, from: number, to: Float64Array): void {
  const classes = to.length;
  let most = 0;
  for (let j = 1; j < classes; j++) if (Math.abs(lane[from + j]) > Math.abs(lane[from + most])) most = j;
  const others = total(lane, from, classes, most);
  const all = others + lane[from + most];
  for (let j = 0; j < classes; j++) to[j] = all - lane[from + j];
  to[most] = others;
}

/** The sum of a row but for one class, after Kahan: 100,000 classes lose no digit. */
export function total(lane: Float64Array, from: number, classes: number, without = -1): number {
  let sum = 0;
  let lost = 0;
  for (let j = 0; j < classes; j++) {
    if (j === without) continue;
    const term = lane[from + j] - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
  }
  if (Math.abs(sum) < Infinity) return sum;
  // Of what is infinite nothing can be lost.
  sum = 0;
  for (let j = 0; j < classes; j++) if (j !== without) sum += lane[from + j];
  return sum;
}
