import type { Check, Loss } from '@focal-loss/core';
import type { Call } from './call.ts';
import type { Engine } from './engine.ts';
import { javascriptEngine, type RowKind } from './javascript.ts';
import { simdElementwise } from './simd/elementwise.ts';
import type { Home } from './simd/home.ts';
import type { Build } from './simd/plain.ts';
import { simdRowwise } from './simd/rowwise.ts';
import { builds, instantiate } from './simd/wasm.ts';

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

/** Finds the engine of a call. Those for the last kind of rows are kept, one for each memory. */
export function engineFinder(loss: Loss, name: EngineName = engines()[0]): (call: Call) => Engine {
  const isHard = loss.labelSmoothing === 0 && loss.targets !== 'place';
  type Kept = RowKind & { readonly float32: Engine; readonly any: Engine };
  /** Where arrays lie elsewhere, and in the memory of those that lie in one of the kernels'. */
  let elsewhere: Kept | undefined;
  const inPlace = new WeakMap<Home, Kept>();
  return ({ logits, grad, hess, classes, targetRows, places }) => {
    let kept = places === undefined ? elsewhere : inPlace.get(places.home);
    if (kept?.classes !== classes || kept.targetRows !== targetRows) {
      const memory = name === 'javascript' ? undefined : instantiate(name, places?.home);
      const any = javascriptEngine(loss, { classes, targetRows, fast: name !== 'javascript' });
      const simd = loss.link === 'sigmoid' ? simdElementwise : simdRowwise;
      const fast = memory && isHard && !targetRows ? simd(loss, classes, memory) : undefined;
      kept = { classes, targetRows, fast: name !== 'javascript', any, float32: fast ?? any };
      if (places === undefined) elsewhere = kept;
      else inPlace.set(places.home, kept);
    }
    const isNarrow = (array: unknown) => array === undefined || array instanceof Float32Array;
    const float32 = logits instanceof Float32Array && isNarrow(grad) && isNarrow(hess);
    return float32 ? kept.float32 : kept.any;
  };
}
