import { margin } from '@focal-loss/core';
import { BLOCK, type Lanes } from './lanes.ts';

/** Softmax losses over a block of whole rows. */
export interface Rowwise {
  /** Whole rows that fit a block, at least one. */
  readonly rows: number;
  /** The rows' logits, to be filled before `margins`; after `gradient` they hold it. */
  readonly logits: Float64Array;
  /** Turns the logits of `n` rows of classes `lanes.y` into margins in `lanes.x` and `lanes.low`. */
  margins(n: number, lanes: Lanes): void;
  /** Spreads the slopes in `lanes.grad` over the rows' logits. */
  gradient(n: number, lanes: Lanes): void;
}

/** The frame around an elementwise kernel that makes a softmax loss of it; see core's `margin`. */
export function rowwise(classes: number): Rowwise {
  const rows = Math.max(1, Math.floor(BLOCK / classes));
  const logits = new Float64Array(rows * classes);
  const others = new Float64Array(rows * classes);
  return {
    rows,
    logits,
    margins(n, { x, low, y }) {
      for (let i = 0; i < n; i++) {
        const at = margin(logits, i * classes, classes, y[i], others);
        x[i] = at.z;
        low[i] = at.low;
      }
    },
    gradient(n, { y, grad }) {
      for (let i = 0; i < n; i++) {
        const from = i * classes;
        // A silenced row stays silent, even where its logits are NaN.
        if (grad[i] === 0) logits.fill(0, from, from + classes);
        else for (let j = 0; j < classes; j++) logits[from + j] = -others[from + j] * grad[i];
        logits[from + y[i]] = grad[i];
      }
    },
  };
}
