import type { Check, Loss } from '@focal-loss/core';
import type { Call } from './call.ts';
import type { Engine } from './engine.ts';
import { javascriptEngine, type RowKind } from './javascript.ts';
import { writtenFor } from './program.ts';
import { simdElementwise } from './simd/elementwise.ts';
import type { Build } from './simd/plain.ts';
import { simdRowwise } from './simd/rowwise.ts';
import { builds, instantiate } from './simd/wasm.ts';
import { simdKernels } from './wasm.generated.ts';

/** The kernels a loss can run on. All keep the accuracy the conformance report prints; the last digits differ. */
export type EngineName = Build | 'javascript';

/** The engines this runtime has, the fastest first. */
export function engines(): EngineName[] {
  return [...builds.filter((build) => instantiate(build) !== undefined), 'javascript' as const];
}

/** What the option `engine` takes: one that this runtime has. */
export const engineCheck = (): Check => ({
  takes: engines().join(' or '),
  accepts: (got) => engines().includes(got as EngineName),
});

/** Finds the engine of a call. Those for the last kind of rows are kept. */
export function engineFinder(loss: Loss, name: EngineName = engines()[0]): (call: Call) => Engine {
  const memory = name === 'javascript' ? undefined : instantiate(name);
  const isHard = loss.labelSmoothing === 0 && loss.targets !== 'place';
  const hasCurves = loss.link === 'sigmoid' && writtenFor(simdKernels, loss)?.hess !== undefined;
  let kept: (RowKind & { float32: Engine; any: Engine }) | undefined;
  return ({ logits, grad, hess, classes, targetRows }) => {
    if (kept?.classes !== classes || kept.targetRows !== targetRows) {
      const any = javascriptEngine(loss, { classes, targetRows });
      const simd = loss.link === 'sigmoid' ? simdElementwise : simdRowwise;
      const fast = memory && isHard && !targetRows ? simd(loss, classes, memory) : undefined;
      kept = { classes, targetRows, any, float32: fast ?? any };
    }
    const isNarrow = (array: unknown) => array === undefined || array instanceof Float32Array;
    const float32 =
      logits instanceof Float32Array && isNarrow(grad) && isNarrow(hess) && (hess === undefined || hasCurves);
    return float32 ? kept.float32 : kept.any;
  };
}
