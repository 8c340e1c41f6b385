import { accumulator, denominator, FocalLossError, type Loss, layout, type Totals } from '@focal-loss/core';
import { checkGrad, checkLogits, type GradArray, type Logits, type NumericArray, resultArray } from './arrays.ts';
import type { RunOptions } from './compile.ts';
import type { Engine, Job } from './engine.ts';
import { javascriptEngine } from './javascript.ts';
import { simdEngine } from './simd.ts';
import { type Build, builds, instantiate } from './wasm.ts';

/** The kernels a loss can run on. All keep the accuracy the conformance report prints; the last digits differ. */
export type EngineName = Build | 'javascript';

/** The engines this runtime has, the fastest first. */
export function engines(): EngineName[] {
  return [...builds.filter((build) => instantiate(build) !== undefined), 'javascript' as const];
}

/** A call that has been checked, and what is left to do: run the engine over the rows. */
export interface Started {
  readonly job: Job;
  /** What everything is divided by; 0 if there is nothing to average. */
  readonly divide: number;
  readonly chosen: Engine;
  /** Whether the targets are still to be looked at, each block just before it is run. */
  readonly unseen: boolean;
}

/**
 * Checks a call's arguments, looks at all targets and weights, and finds the engine. Writes nothing.
 *
 * @param mayStop Whether a bad target may also be found half way, because nothing the caller has is written to. The
 *   look is then left to whoever runs the blocks, if the denominator is known without it.
 */
export type Start = (
  logits: Logits,
  targets: NumericArray,
  options: RunOptions,
  grad: GradArray | undefined,
  mayStop?: boolean,
) => Started;

/** @throws {@link FocalLossError} if `engine` is none that this runtime has. */
export function starter(loss: Loss, engine: EngineName = engines()[0]): Start {
  const find = engineFinder(loss, engine);
  return (logits, targets, options, grad, mayStop = false) => {
    checkLogits(loss, logits);
    const { weights, normalizer } = options;
    const { rows, classes } = layout(loss, logits, targets, options, grad && ['grad']);
    const values = loss.reduction === 'none' ? resultArray(logits, rows) : undefined;
    const job: Job = { logits, targets, weights, rows, classes, values, grad, hard: true };
    const chosen = find(job);
    const unseen = mayStop && (normalizer !== undefined || countIsEnough(loss));
    if (unseen) {
      return { job, divide: denominator(loss, { count: rows, positives: 0, weights: 0 }, normalizer), chosen, unseen };
    }
    const totals: Totals = { count: 0, positives: 0, weights: 0 };
    for (let first = 0; first < rows; first += chosen.block) {
      chosen.tally(job, totals, first, Math.min(chosen.block, rows - first));
    }
    return { job, divide: denominator(loss, totals, normalizer), chosen, unseen };
  };
}

/** Whether the number of entries says what to divide by. */
const countIsEnough = ({ reduction, normalizer, ignoreIndex }: Loss): boolean =>
  reduction !== 'mean' || (normalizer === 'count' && ignoreIndex === undefined);

/** Finds the engine of a job. The ones for the last number of classes are kept. */
export function engineFinder(loss: Loss, engine: EngineName): (job: Job) => Engine {
  if (!engines().includes(engine)) {
    throw new FocalLossError(loss.name, [{ field: 'engine', got: engine, takes: engines().join(' or ') }]);
  }
  const memory = engine === 'javascript' ? undefined : instantiate(engine);
  let kept: { classes: number; narrow: Engine; wide: Engine } | undefined;
  return ({ logits, grad, classes }) => {
    if (kept?.classes !== classes) {
      const wide = javascriptEngine(loss, classes);
      kept = { classes, wide, narrow: (memory && simdEngine(loss, classes, memory)) ?? wide };
    }
    const float32 = logits instanceof Float32Array && (grad === undefined || grad instanceof Float32Array);
    return float32 ? kept.narrow : kept.wide;
  };
}

/** Does what is left of a call on this thread, and returns the sum of its losses. */
export function finish({ job, divide, chosen, unseen }: Started): number {
  const totals: Totals = { count: 0, positives: 0, weights: 0 };
  const total = accumulator();
  for (let first = 0; first < job.rows; first += chosen.block) {
    const n = Math.min(chosen.block, job.rows - first);
    if (unseen) chosen.tally(job, totals, first, n);
    total.add(chosen.run(job, divide, first, n));
  }
  return total.total();
}

/** The caller's array for the gradient, checked, or a new one. */
export function gradFor<G extends GradArray>(
  loss: Loss,
  logits: Logits,
  given: G | undefined,
  inputs: readonly ArrayLike<unknown>[],
): G {
  checkLogits(loss, logits);
  const grad = given ?? (resultArray(logits, logits.length) as unknown as G);
  checkGrad(loss, grad, logits.length, inputs);
  return grad;
}
