import { checkLoss, checkOptions, type Loss, type Part, type Reduction } from '@focal-loss/core';
import type { GradArray, Logits, NumericArray, ResultArray } from './arrays.ts';
import { prepare, run } from './blocks.ts';
import { checkCall, type GradOptions, gradFor, optionsOf, type RunOptions } from './call.ts';
import { type EngineName, engineCheck, engineFinder } from './engines.ts';

/** A loss that runs on typed arrays. */
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

/** What can be chosen once for all calls. */
export interface CompileOptions {
  /**
   * Whose kernels to run on. Default: the fastest that this runtime has. The SIMD ones serve float32 logits; float64
   * and float16, and soft labels, always run on `'javascript'`.
   */
  readonly engine?: EngineName;
}

/**
 * Makes a loss run on typed arrays. Synchronous. The result may be kept and used for inputs of any size; it holds a few
 * small blocks of memory and allocates nothing but results.
 *
 * @throws {@link FocalLossError} if `loss` is none, an option is unknown, or `engine` is none that this runtime has.
 *
 * @example
 * ```ts
 * const run = compile(sigmoidFocal({ gamma: 2, alpha: 0.25 }));
 * const { value, grad } = run.valueAndGrad(new Float32Array([2, -1]), [1, 0]);
 * ```
 */
export function compile<R extends Reduction>(loss: Loss<R>, options: CompileOptions = {}): TypedArrayLoss<R> {
  checkLoss('compile', loss);
  const { engine }: CompileOptions = checkOptions(loss.name, options, { engine: engineCheck() });
  const engineOf = engineFinder(loss, engine);
  function evaluate<L extends Logits>(
    logits: L,
    targets: NumericArray,
    options: RunOptions,
    wants: readonly Part[],
    mayStop: boolean,
    grad?: GradArray,
  ) {
    const call = checkCall(loss, logits, targets, options, wants, grad);
    const value = run(prepare(loss, call, engineOf(call), options.normalizer, mayStop));
    return (call.values ?? value) as Value<R, L>;
  }

  return {
    value(logits, targets, given) {
      const wants: readonly Part[] = ['value'];
      return evaluate(logits, targets, optionsOf(loss, given, wants), wants, true);
    },
    valueAndGrad<L extends Logits, G extends GradArray>(logits: L, targets: NumericArray, given?: GradOptions<G>) {
      const wants: readonly Part[] = ['value', 'grad'];
      const options = optionsOf(loss, given, wants);
      const { grad, overInputs } = gradFor(loss, logits, targets, options);
      // What a call reads stays whole if it fails: over its own inputs a gradient is written when all targets are good.
      return { value: evaluate(logits, targets, options, wants, !overInputs, grad), grad };
    },
  };
}
