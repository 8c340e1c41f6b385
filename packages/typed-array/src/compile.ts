import {
  checkLoss,
  checkOptions,
  type Derivative,
  type Loss,
  type PosteriorOptions,
  type Reduction,
} from '@focal-loss/core';
import type { GradArray, Logits, NumericArray, ResultArray } from './arrays.ts';
import { prepare, run } from './blocks.ts';
import {
  checkCall,
  type GradOptions,
  type HessOptions,
  optionsOf,
  type Results,
  type RunOptions,
  resultsFor,
} from './call.ts';
import { type EngineName, engineCheck, engineFinder } from './engines.ts';
import { posteriorOf } from './posterior.ts';

/** A loss that runs on typed arrays. */
export interface TypedArrayLoss<R extends Reduction = Reduction> {
  /**
   * The reduced loss: a number, or an array with one loss a target for reduction `'none'`, one sum an example for `'example'`.
   *
   * @param logits Sigmoid: any length. Softmax: with a `shape`, the classes along its last axis or along `axis`.
   * @param targets Sigmoid: one in [0, 1] a logit. Softmax: one class index (distribution focal: place) a row, or, but for
   *   distribution focal, rows of probabilities that lie as the logits do.
   * @throws {@link FocalLossError} naming the argument, its length and what was expected, or the index of a bad target.
   */
  value<L extends Logits>(logits: L, targets: NumericArray, options?: RunOptions): Value<R, L>;

  /**
   * The reduced loss and ∂(reduced loss)/∂logits in one pass; for reduction `'none'` the derivative of each target's loss, for
   * `'example'` that of each example's sum.
   *
   * @throws {@link FocalLossError} as `value` does.
   */
  valueAndGrad<L extends Logits, G extends GradArray = ResultArray<L>>(
    logits: L,
    targets: NumericArray,
    options?: GradOptions<G>,
  ): { value: Value<R, L>; grad: G };

  /**
   * As `valueAndGrad`, and the diagonal of ∂²(reduced loss)/∂logits², laid out as the gradient. Their errors
   * are relative to the terms of which they are made, at a softmax r²·f″ and r(1 − r)·f′.
   *
   * @throws {@link FocalLossError} as `value` does, or if `hess` shares memory with the gradient.
   */
  valueGradHess<L extends Logits, G extends GradArray = ResultArray<L>, H extends GradArray = ResultArray<L>>(
    logits: L,
    targets: NumericArray,
    options?: HessOptions<G, H>,
  ): { value: Value<R, L>; grad: G; hess: H };

  /**
   * The probabilities that a model's logits stand for if it was trained with this loss, laid out as the logits: of a target
   * being 1 (sigmoid), of each class (softmax). With `logit: true` their logits, or logarithms at a softmax. See `posterior` of
   * core. Computed in float64 whatever the arrays are.
   *
   * @throws {@link FocalLossError} naming what does not fit, or with the reason why this loss tells no probability.
   */
  posterior<L extends Logits>(logits: L, options?: PosteriorOptions): ResultArray<L>;
}

/** What a loss evaluates to. */
export type Value<R extends Reduction, L extends Logits> = R extends 'none' | 'example' ? ResultArray<L> : number;

/** What can be chosen once for all calls. */
export interface CompileOptions {
  /**
   * Whose kernels to run on. Default: the fastest that this runtime has. The SIMD ones take float32 logits four at a time, with
   * hard labels or soft ones in a `Float32Array`; all else they compute in float64, two numbers at a time, to the same bits as
   * `'javascript'`, which uses no WebAssembly.
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
  const ofPosterior = posteriorOf(loss);
  function evaluate<L extends Logits>(
    logits: L,
    targets: NumericArray,
    options: RunOptions,
    wants: readonly Derivative[],
    mayStop: boolean,
    results?: Results,
  ) {
    const call = checkCall(loss, logits, targets, options, wants, results);
    const value = run(prepare(loss, call, engineOf(call), options.normalizer, mayStop));
    return (call.values ?? value) as Value<R, L>;
  }
  /** Value and derivatives. */
  function differentiate<L extends Logits, G extends GradArray, H extends GradArray>(
    logits: L,
    targets: NumericArray,
    given: HessOptions<G, H> | undefined,
    wants: readonly Derivative[],
  ) {
    const options = optionsOf(loss, given, wants);
    const results = resultsFor(loss, logits, targets, options, wants);
    // What a call reads stays whole if it fails: over its own inputs a result is written when all targets are good.
    return { value: evaluate(logits, targets, options, wants, !results.overInputs, results), ...results };
  }

  return {
    value(logits, targets, given) {
      const wants: readonly Derivative[] = ['value'];
      return evaluate(logits, targets, optionsOf(loss, given, wants), wants, true);
    },
    valueAndGrad<L extends Logits, G extends GradArray>(logits: L, targets: NumericArray, given?: GradOptions<G>) {
      const { value, grad } = differentiate(logits, targets, given, ['value', 'grad']);
      return { value, grad };
    },
    valueGradHess<L extends Logits, G extends GradArray, H extends GradArray>(
      logits: L,
      targets: NumericArray,
      given?: HessOptions<G, H>,
    ) {
      const { value, grad, hess } = differentiate(logits, targets, given, ['value', 'grad', 'hess']);
      return { value, grad, hess: hess as H };
    },
    posterior: ofPosterior,
  };
}
