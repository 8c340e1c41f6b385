import type { Check, Loss } from '@focal-loss/core';
import type { Call } from './call.ts';
import type { Engine } from './engine.ts';
import { javascriptEngine } from './javascript.ts';
import { simdElementwise } from './simd/elementwise.ts';
import { simdRowwise } from './simd/rowwise.ts';
import { type Build, builds, instantiate } from './simd/wasm.ts';

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

/** Finds the engine of a call. Those for the last number of classes are kept. */
export function engineFinder(loss: Loss, name: EngineName = engines()[0]): (call: Call) => Engine {
  const memory = name === 'javascript' ? undefined : instantiate(name);
  let kept: { classes: number; float32: Engine; any: Engine } | undefined;
  return ({ logits, grad, classes }) => {
    if (kept?.classes !== classes) {
      const any = javascriptEngine(loss, classes);
      const simd = loss.link === 'sigmoid' ? simdElementwise : simdRowwise;
      kept = { classes, any, float32: (memory && simd(loss, classes, memory)) ?? any };
    }
    const float32 = logits instanceof Float32Array && (grad === undefined || grad instanceof Float32Array);
    return float32 ? kept.float32 : kept.any;
  };
}
