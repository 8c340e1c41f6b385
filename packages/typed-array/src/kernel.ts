import { type Link, type Loss, margin, pointwise } from '@focal-loss/core';
import { kernels } from './kernels.generated.ts';
import { BLOCK, type Lanes } from './lanes.ts';
import { sum } from './reduce.ts';

/** Fills the first `n` entries of `value`, or of `value` and `grad`, from `x`, `y` and `scale`. */
export type Kernel = (n: number, lanes: Lanes, params: readonly number[]) => void;

/** The two programs of one formula at one link, perhaps for certain parameters only. */
export interface KernelPair {
  /** The parameter values that were folded into the programs. */
  readonly when: Readonly<Record<string, number>>;
  readonly value: Kernel;
  readonly valueAndGrad: Kernel;
}

/** A loss of single entries, a block at a time. Returns the sum of the block's values. */
export type Elementwise = (n: number, lanes: Lanes, wantGrad: boolean) => number;

/**
 * The elementwise kernel of a loss: written when this package was built for the members of the family, and for a
 * member of the user's own its formula, run through the algebra of numbers.
 */
export function elementwise(loss: Loss): Elementwise {
  const { link, params } = loss;
  const point = pointwise(loss);
  const ofLabels = written(loss, 'sigmoid');
  const ofMargins = written(loss, 'softmax');
  const numbers = Object.values(params);
  // Members are symmetric: with a hard label, f(x, y) is f(z, 1) at z = (2y − 1)x. That spares a general power much of
  // its work; where the exponent is folded into the program, it would not pay.
  const general = Object.keys(ofLabels?.when ?? {}).length < numbers.length;
  const foldable = link === 'sigmoid' && general;

  const run = (i: number, { x, y, scale, value, grad }: Lanes) => {
    const at = scale[i] === 0 ? { value: 0, derivative: 0 } : point(x[i], link === 'softmax' ? 1 : y[i]);
    value[i] = scale[i] * at.value;
    grad[i] = scale[i] * at.derivative;
  };

  return (n, lanes, wantGrad) => {
    if (ofLabels === undefined || ofMargins === undefined) {
      for (let i = 0; i < n; i++) run(i, lanes);
      return sum(lanes.value, n);
    }
    const folded = foldable && allHard(n, lanes.y);
    const pair = folded || link === 'softmax' ? ofMargins : ofLabels;
    if (folded) {
      lanes.low.fill(0, 0, n);
      flip(n, lanes.y, lanes.x);
    }
    if (wantGrad) pair.valueAndGrad(n, lanes, numbers);
    else pair.value(n, lanes, numbers);
    if (folded) {
      flip(n, lanes.y, lanes.x);
      if (wantGrad) flip(n, lanes.y, lanes.grad);
    }
    const total = sum(lanes.value, n);
    if (Math.abs(total) < Infinity) return total;

    // Written kernels know finite logits only. Here is one that is not, or an overflow, or NaN in a silenced entry.
    for (let i = 0; i < n; i++) {
      if (lanes.scale[i] === 0 || Math.abs(lanes.x[i]) === Infinity) run(i, lanes);
    }
    return sum(lanes.value, n);
  };
}

function written({ formula, params }: Loss, link: Link): KernelPair | undefined {
  return kernels
    .find((entry) => entry.formula === formula && entry.link === link)
    ?.pairs.find(({ when }) => serves(when, params));
}

/** Whether a program with these parameter values folded into it is one for `params`. */
export function serves(when: KernelPair['when'], params: Loss['params']): boolean {
  return Object.entries(when).every(([name, value]) => params[name] === value);
}

function allHard(n: number, y: Float64Array): boolean {
  let hard = true;
  for (let i = 0; i < n; i++) hard = hard && (y[i] === 0 || y[i] === 1);
  return hard;
}

/** Changes the sign of the entries of label 0. */
function flip(n: number, y: Float64Array, lane: Float64Array): void {
  for (let i = 0; i < n; i++) lane[i] *= 2 * y[i] - 1;
}

/** Softmax losses over a block of whole rows. */
export interface Rowwise {
  readonly classes: number;
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
    classes,
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
