import { type Loss, margin, shareOf } from '@focal-loss/core';
import { gatherRows } from './arrays.ts';
import type { Call } from './call.ts';
import { elementwise } from './elementwise.ts';
import { affineLow } from './helpers.generated.ts';
import { BLOCK, type Lanes, loadLabels, loadWeights, newLanes } from './lanes.ts';
import { sumOthers, total } from './rowwise.ts';

/** Softmax losses over a block of whole rows of probabilities. */
export interface SoftRows {
  readonly rows: number;
  /** The rows' logits, to be filled before `run`; afterwards they hold the gradient. */
  readonly logits: Float64Array;
  readonly curves: Float64Array;
  /** The losses of `n` rows. */
  readonly values: Float64Array;
  /** Loads the targets of `n` rows and computes what is wanted. Returns the sum of the losses. */
  run(call: Call, divide: number, first: number, n: number): number;
}

/** Whole rows that fit a block, at least one. */
export const rowsOf = (classes: number): number => Math.max(1, Math.floor(BLOCK / classes));

/**
 * Σ_c y_c·f(z_c) over the margins z_c of all classes, as core's `evaluate` has it: the kernel of single margins runs over all
 * of a block, each class with its part of the target for a factor.
 *
 * @param targetRows Whether targets are such rows; else class indices or places, which are made rows here.
 */
export function softRows(loss: Loss, classes: number, targetRows: boolean, fast: boolean): SoftRows {
  const rows = rowsOf(classes);
  const lane = () => new Float64Array(rows * classes);
  const lanes = newLanes(Math.max(rows * classes, BLOCK));
  // Targets of whole rows, if they are not rows.
  const ofRows = newLanes();
  const { alpha: _, ...unweighted } = loss;
  const kernel = elementwise(loss, fast);
  const combine = combiner(classes);
  const [logits, curves, values] = [lane(), lane(), new Float64Array(rows)];

  /** The rows of probabilities, and weights in `ofRows.factor`. */
  function loadTargets(call: Call, divide: number, first: number, n: number): void {
    const { y } = lanes;
    if (targetRows) {
      gatherRows(call.targets, call, first, n, y);
      loadWeights(ofRows, call, divide, first, n);
      return;
    }
    loadLabels({ ...unweighted, alpha: undefined } as Loss, ofRows, call, divide, first, n);
    y.fill(0, 0, n * classes);
    for (let i = 0; i < n; i++) {
      const place = ofRows.y[i];
      const below = Math.floor(place);
      y[i * classes + below] = 1 - (place - below);
      if (place > below) y[i * classes + below + 1] = place - below;
    }
  }

  function loadFactors(n: number, divide: number): void {
    const { y, factor, scale } = lanes;
    const [kept, all] = [1 - loss.labelSmoothing, loss.labelSmoothing / classes];
    const { alpha } = loss;
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < classes; c++) {
        const at = i * classes + c;
        factor[at] = ofRows.factor[i] * (y[at] * kept + all) * (typeof alpha === 'object' ? alpha[c] : 1);
        scale[at] = divide === 0 ? 0 : factor[at] / divide;
      }
    }
  }

  return {
    rows,
    logits,
    curves,
    values,
    run(call, divide, first, n) {
      loadTargets(call, divide, first, n);
      loadFactors(n, divide);
      combine.margins(logits, n, lanes);
      const sum = kernel(n * classes, lanes, call.wants);
      for (let i = 0; i < n; i++) values[i] = total(lanes.value, i * classes, classes);
      if (call.wants.includes('grad')) {
        for (let i = 0; i < n; i++) {
          const isSilent = ofRows.factor[i] === 0;
          combine.derivatives(i, isSilent, lanes, logits, call.wants.includes('hess') ? curves : undefined);
        }
      }
      return sum;
    },
  };
}

/** Margins of all classes of rows, and what becomes of the slopes by the margins. */
export function combiner(classes: number) {
  const lane = () => new Float64Array(classes);
  const [slopes, squares, toOthers, toOthersTwice, below, rest, restOfTop] = [1, 2, 3, 4, 5, 6, 7].map(lane);
  /** As far as a block needs them: e^(x − largest), the sum of those of the other classes, r at the largest, and its class. */
  const rows = rowsOf(classes);
  const [shares, sums, others] = [1, 2, 3].map(() => new Float64Array(rows * classes));
  const tops = new Uint32Array(rows);

  function marginsOf(i: number, logits: Float64Array, { x, low }: Lanes): void {
    const from = i * classes;
    let top = 0;
    for (let c = 1; c < classes; c++) if (logits[from + c] > logits[from + top]) top = c;
    tops[i] = top;
    const largest = logits[from + top];
    for (let c = 0; c < classes; c++) shares[from + c] = shareOf(logits[from + c], largest);
    const all = total(shares, from, classes);
    for (let c = 0; c < classes; c++) {
      const sum = all - shares[from + c];
      const [own, log] = [logits[from + c], Math.log(sum)];
      const d = own - largest;
      const z = d - log;
      const lost = affineLow(1, d, affineLow(1, own, 0, -largest, d), -log, z);
      sums[from + c] = sum;
      x[from + c] = z;
      low[from + c] = Number.isFinite(lost) && Number.isFinite(z) ? lost : 0;
    }
    const at = margin(logits, from, classes, top, others);
    sums[from + top] = 1;
    x[from + top] = at.z;
    low[from + top] = at.low;
  }

  return {
    /** Margins of `n` rows into `lanes.x` and `lanes.low`. */
    margins(logits: Float64Array, n: number, lanes: Lanes): void {
      for (let i = 0; i < n; i++) marginsOf(i, logits, lanes);
    },
    /** The derivatives of row `i`, by its logits, from those by its margins. */
    derivatives(
      i: number,
      isSilent: boolean,
      { grad: slope, hess: curve }: Lanes,
      toGrad: Float64Array,
      toHess: Float64Array | undefined,
    ): void {
      const from = i * classes;
      if (isSilent) {
        toGrad.fill(0, from, from + classes);
        toHess?.fill(0, from, from + classes);
        return;
      }
      const top = tops[i];
      /** What all classes but that of the largest send to the others. */
      for (let c = 0; c < classes; c++) slopes[c] = c === top ? 0 : slope[from + c] / sums[from + c];
      sumOthers(slopes, 0, toOthers);
      const ofTop = slope[from + top];
      for (let c = 0; c < classes; c++) {
        const at = from + c;
        toGrad[at] = slope[at] - shares[at] * toOthers[c] - others[at] * ofTop;
      }
      if (toHess === undefined) return;

      // r²·f″ − r(1 − r)·f′ as r²·(f″ + f′) − r·f′; at the largest, where r may be nearly 1, with 1 − r of its own.
      for (let c = 0; c < classes; c++) {
        const at = from + c;
        squares[c] = c === top ? 0 : (curve[at] + slope[at]) / sums[at] / sums[at];
        below[c] = c === top ? 0 : shares[at];
      }
      sumOthers(squares, 0, toOthersTwice);
      sumOthers(below, 0, rest);
      for (let c = 0; c < classes; c++) below[c] = others[from + c];
      sumOthers(below, 0, restOfTop);
      let atTop = 0;
      for (let c = 0; c < classes; c++) {
        const at = from + c;
        if (c !== top) atTop += (curve[at] - rest[c] * slope[at]) / sums[at] / sums[at];
        const [e, r] = [shares[at], others[at]];
        const ofOthers = e * e * toOthersTwice[c] - e * toOthers[c];
        toHess[at] = curve[at] + (c === top ? 0 : ofOthers) + (r * r * curve[from + top] - r * restOfTop[c] * ofTop);
      }
      toHess[from + top] += atTop;
    },
  };
}
