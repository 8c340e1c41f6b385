import { type CallOptions, type Loss, layout, type Reduction } from '@focal-loss/core';
import {
  checkGrad,
  checkLogits,
  type GradArray,
  gather,
  type Logits,
  type NumericArray,
  type ResultArray,
  resultArray,
  scatter,
} from './arrays.ts';
import { elementwise, rowwise } from './kernel.ts';
import { BLOCK, newLanes } from './lanes.ts';
import { accumulator, divisor, rescale, uniform } from './reduce.ts';

/** What can be passed beside logits and targets. */
export interface RunOptions extends Omit<CallOptions, 'weights'> {
  /** One finite weight ≥ 0 for each target, in any array of numbers. */
  readonly weights?: NumericArray;
}

/** What can be passed to `valueAndGrad`. */
export interface GradOptions<G extends GradArray> extends RunOptions {
  /**
   * Where the gradient is written, in that array's own precision, instead of into a new array. As long as the logits;
   * may be the logits.
   */
  readonly grad?: G;
}

/** A loss that runs on typed arrays. Everything is computed in float64 and rounded once, to the type of the result. */
export interface TypedArrayLoss<R extends Reduction = Reduction> {
  /**
   * The reduced loss: a number, or for reduction `'none'` an array with one loss a target.
   *
   * @param logits Sigmoid: any length. Softmax: rows·classes, row by row, with `shape: [rows, classes]`.
   * @param targets Sigmoid: one in [0, 1] a logit. Softmax: one class index a row.
   * @throws {@link FocalLossError} naming the argument, its length and what was expected, or the index of a bad target.
   */
  value<L extends Logits>(logits: L, targets: NumericArray, options?: RunOptions): Value<R, L>;

  /**
   * The reduced loss and ∂(reduced loss)/∂logits in one pass; for reduction `'none'` the elementwise derivative.
   *
   * @throws {@link FocalLossError} as `value` does, always before anything is written into `grad`.
   */
  valueAndGrad<L extends Logits, G extends GradArray = ResultArray<L>>(
    logits: L,
    targets: NumericArray,
    options?: GradOptions<G>,
  ): { value: Value<R, L>; grad: G };
}

/** What a loss evaluates to. */
export type Value<R extends Reduction, L extends Logits> = R extends 'none' ? ResultArray<L> : number;

/**
 * Makes a loss run on typed arrays. Synchronous. The result may be kept and used for inputs of any size; it holds a few
 * small blocks of memory and allocates nothing but results.
 *
 * @example
 * ```ts
 * const run = compile(sigmoidFocal({ gamma: 2, alpha: 0.25 }));
 * const { value, grad } = run.valueAndGrad(new Float32Array([2, -1]), [1, 0]);
 * ```
 */
export function compile<R extends Reduction>(loss: Loss<R>): TypedArrayLoss<R> {
  const kernel = elementwise(loss);
  const lanes = newLanes();
  let rowBlock = loss.link === 'softmax' ? rowwise(2) : undefined;

  function run<L extends Logits>(logits: L, targets: NumericArray, options: RunOptions, grad: GradArray | undefined) {
    const { weights, normalizer } = options;
    const { rows, classes } = layout(loss, logits, targets, options, grad && ['grad']);
    const divide = divisor(loss, lanes, rows, classes, targets, weights, normalizer);
    if (rowBlock !== undefined && rowBlock.classes !== classes) rowBlock = rowwise(classes);
    const values = loss.reduction === 'none' ? resultArray(logits, rows) : undefined;
    const sameScale = uniform(loss, weights);
    if (sameScale) lanes.scale.fill(divide === 0 ? 0 : 1 / divide, 0, Math.min(rows, BLOCK));

    const total = accumulator();
    const step = rowBlock?.rows ?? BLOCK;
    for (let first = 0; first < rows; first += step) {
      const n = Math.min(step, rows - first);
      gather(targets, first, n, lanes.y);
      if (!sameScale) rescale(loss, lanes, n, first, weights, divide);
      if (rowBlock === undefined) gather(logits, first, n, lanes.x);
      else {
        gather(logits, first * classes, n * classes, rowBlock.logits);
        rowBlock.margins(n, lanes);
      }
      total.add(kernel(n, lanes, grad !== undefined));
      if (values !== undefined) scatter(lanes.value, n, values, first);
      if (grad === undefined) continue;
      if (rowBlock === undefined) scatter(lanes.grad, n, grad, first);
      else {
        rowBlock.gradient(n, lanes);
        scatter(rowBlock.logits, n * classes, grad, first * classes);
      }
    }
    return (values ?? total.total()) as Value<R, L>;
  }

  return {
    value(logits, targets, options = {}) {
      checkLogits(loss, logits);
      return run(logits, targets, options, undefined);
    },
    valueAndGrad<L extends Logits, G extends GradArray>(
      logits: L,
      targets: NumericArray,
      options: GradOptions<G> = {},
    ) {
      checkLogits(loss, logits);
      const grad = options.grad ?? (resultArray(logits, logits.length) as unknown as G);
      checkGrad(loss, grad, logits.length);
      return { value: run(logits, targets, options, grad), grad };
    },
  };
}
