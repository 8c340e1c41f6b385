import {
  type CallOptions,
  denominator,
  FocalLossError,
  type Loss,
  layout,
  type Reduction,
  type Totals,
} from '@focal-loss/core';
import {
  checkGrad,
  checkLogits,
  type GradArray,
  type Logits,
  type NumericArray,
  type ResultArray,
  resultArray,
} from './arrays.ts';
import type { Engine, Job } from './engine.ts';
import { javascriptEngine } from './javascript.ts';
import { accumulator } from './reduce.ts';
import { simdEngine } from './simd.ts';
import { type Build, builds, instantiate } from './wasm.ts';

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

/** The kernels a loss can run on. All keep the accuracy the conformance report prints; the last digits differ. */
export type EngineName = Build | 'javascript';

/** The engines this runtime has, the fastest first. */
export function engines(): EngineName[] {
  return [...builds.filter((build) => instantiate(build) !== undefined), 'javascript' as const];
}

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
 * @throws {@link FocalLossError} if `engine` is none that this runtime has.
 *
 * @example
 * ```ts
 * const run = compile(sigmoidFocal({ gamma: 2, alpha: 0.25 }));
 * const { value, grad } = run.valueAndGrad(new Float32Array([2, -1]), [1, 0]);
 * ```
 */
export function compile<R extends Reduction>(
  loss: Loss<R>,
  { engine = engines()[0] }: CompileOptions = {},
): TypedArrayLoss<R> {
  if (!engines().includes(engine)) {
    throw new FocalLossError(loss.name, [{ field: 'engine', got: engine, takes: engines().join(' or ') }]);
  }
  const memory = engine === 'javascript' ? undefined : instantiate(engine);
  const made = new Map<number, { narrow: Engine; wide: Engine }>();

  /** The engines for rows of so many classes; the last one is kept. */
  function enginesFor(classes: number): { narrow: Engine; wide: Engine } {
    const known = made.get(classes);
    if (known !== undefined) return known;
    const wide = javascriptEngine(loss, classes);
    const narrow = (memory && simdEngine(loss, classes, memory)) ?? wide;
    made.clear();
    made.set(classes, { narrow, wide });
    return { narrow, wide };
  }

  function run<L extends Logits>(logits: L, targets: NumericArray, options: RunOptions, grad: GradArray | undefined) {
    const { weights, normalizer } = options;
    const { rows, classes } = layout(loss, logits, targets, options, grad && ['grad']);
    const values = loss.reduction === 'none' ? resultArray(logits, rows) : undefined;
    const job: Job = { logits, targets, weights, rows, classes, values, grad, hard: true };
    const float32 = logits instanceof Float32Array && (grad === undefined || grad instanceof Float32Array);
    const chosen = enginesFor(classes)[float32 ? 'narrow' : 'wide'];
    const { block } = chosen;

    // Everything is looked at before anything is written.
    const totals: Totals = { count: 0, positives: 0, weights: 0 };
    for (let first = 0; first < rows; first += block) chosen.tally(job, totals, first, Math.min(block, rows - first));
    const divide = denominator(loss, totals, normalizer);

    const total = accumulator();
    for (let first = 0; first < rows; first += block) {
      total.add(chosen.run(job, divide, first, Math.min(block, rows - first)));
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
