import type { Loss } from '@focal-loss/core';
import type { Call } from '../call.ts';
import type { Engine } from '../engine.ts';
import { javascriptEngine } from '../javascript.ts';
import { writtenFor } from '../program.ts';
import { simdKernels } from '../wasm.generated.ts';
import { factorLanes } from './factors.ts';
import { hardLabels } from './labels.ts';
import { LAYOUT, padded, paramSettings, part, SIMD_BLOCK } from './memory.ts';
import type { SimdMemory } from './wasm.ts';

/** A sum of losses below this may be one of losses that have lost digits below float32's normal numbers. */
const FAINT = 2 ** -100;

/**
 * The engine for float32 logits at a sigmoid, four at a time, with hard labels. Blocks it cannot take (soft labels,
 * logits that are not finite, numbers too small for float32) go to the JavaScript engine, one by one.
 *
 * @returns Undefined where there is no kernel for the loss.
 */
export function simdElementwise(loss: Loss, _classes: number, memory: SimdMemory): Engine | undefined {
  const { exports, x, value, grad } = memory;
  const written = writtenFor(simdKernels, loss);
  const labels = hardLabels(loss, memory);
  const factors = factorLanes(loss, memory);
  if (written === undefined || labels === undefined || factors === undefined) return undefined;
  const kernels = { value: exports[written.name], grad: exports[`${written.name}Grad`] };
  const settings = paramSettings(Object.values(loss.params));
  const fallback = javascriptEngine(loss, 1);

  /** Runs the kernel over `n` entries whose labels are in memory. Undefined if these numbers are not for it. */
  function kernel(call: Call, divide: number, first: number, n: number): number | undefined {
    const lane = factors?.(call, divide, n);
    if (lane === undefined) return undefined;
    x.set(part(call.logits as Float32Array, first, n));
    x.fill(0, n, padded(n));
    memory.params.set(settings);
    memory.change[0] = lane.change;
    const run = call.wants.includes('grad') ? kernels.grad : kernels.value;
    const sum = run(padded(n), lane.place);
    // A logit that is not finite, or an overflow.
    if (!(Math.abs(sum) < Infinity)) return undefined;
    const lost = (place: number) => exports.lostDigits(padded(n), place, lane.place) === 1;
    if (lane.large && (lost(LAYOUT.VALUE) || (call.wants.includes('grad') && lost(LAYOUT.GRAD)))) return undefined;
    return call.values === undefined && sum !== 0 && Math.abs(sum) < FAINT ? undefined : sum * lane.undo;
  }

  return {
    block: SIMD_BLOCK,
    tally(call, totals, first, n) {
      if (!labels.tally(call, totals, first, n)) fallback.tally(call, totals, first, n);
    },
    run(call, divide, first, n) {
      const sum = labels.load(call, first, n) ? kernel(call, divide, first, n) : undefined;
      if (sum === undefined) return fallback.run(call, divide, first, n);
      call.values?.set(part(value, 0, n), first);
      (call.grad as Float32Array | undefined)?.set(part(grad, 0, n), first);
      return sum;
    },
  };
}
