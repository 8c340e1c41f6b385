import type { Loss, Totals } from '@focal-loss/core';
import type { Call } from '../call.ts';
import type { Engine } from '../engine.ts';
import { javascriptEngine } from '../javascript.ts';
import { writtenFor } from '../program.ts';
import { exampleSums } from '../reduce.ts';
import { type SimdKernel, simdKernels, softKernels } from '../wasm.generated.ts';
import { factorLanes, factorsFor, liftOf } from './factors.ts';
import { hardLabels } from './labels.ts';
import { padded, paramSettings, part, SIMD_BLOCK } from './memory.ts';
import { placeOf } from './places.ts';
import type { SimdMemory } from './wasm.ts';

/** Whether a sum of losses is so small that it may be one of losses that have lost digits below float32's normal numbers. */
const isFaint = (sum: number) => sum !== 0 && Math.abs(sum) < 2 ** -100;

type Run = (n: number, ...at: number[]) => number;
interface Functions {
  readonly value: Run;
  readonly grad: Run;
  readonly hess: Run | undefined;
}
const functionsOf = ({ value, grad, hess }: SimdKernel, exports: SimdMemory['exports']): Functions => ({
  value: exports[value],
  grad: exports[grad],
  hess: hess === undefined ? undefined : exports[hess],
});

/**
 * The engine for float32 logits at a sigmoid, four at a time, with hard labels or, where these are qualities,
 * float32 ones. Blocks it cannot take (other soft labels, logits that are not finite, numbers too small for float32) go to the
 * JavaScript engine, one by one.
 *
 * @returns Undefined where there is no kernel for the loss.
 */
export function simdElementwise(loss: Loss, _classes: number, memory: SimdMemory): Engine | undefined {
  const { exports, x, value, grad, hess, at } = memory;
  const written = writtenFor(simdKernels, loss);
  const labels = hardLabels(loss, memory);
  const factors = labels && factorLanes(loss, memory, labels);
  if (written === undefined || labels === undefined || factors === undefined) return undefined;
  const soft = writtenFor(softKernels, loss);
  // Looked up once: by name, in a block of a few microseconds, each look shows.
  const functions = [written, soft].map((kernel) => kernel && functionsOf(kernel, exports));
  const settings = paramSettings(Object.values(loss.params));
  const fallback = javascriptEngine(loss, { classes: 1, targetRows: false });
  const ownLift = liftOf(loss);
  const wide = new Float64Array(SIMD_BLOCK);
  const own = { positive: 1, negative: 1 };

  /** The kernel for the labels of a block, which are in memory now. */
  function kernelFor(call: Call, loaded: 'loaded' | 'multiplied' | 'not hard', n: number): typeof written {
    if (loaded !== 'not hard') return written;
    return soft !== undefined &&
      call.targets instanceof Float32Array &&
      !exports.hasTinyLabels(padded(n), labels?.at.targets ?? 0)
      ? soft
      : undefined;
  }

  /** Looks at soft labels that are float32 and have neither weights nor any ignored; false if it cannot. */
  function tallySoft(call: Call, totals: Totals, first: number, n: number): boolean {
    const { targets, weights } = call;
    const isPlain = weights === undefined && loss.ignoreIndex === undefined;
    if (soft === undefined || !isPlain || !(targets instanceof Float32Array)) return false;
    labels?.fetch(call, first, n);
    const sum = exports.sumOfLabels(padded(n), labels?.at.targets ?? 0);
    if (Number.isNaN(sum)) return false;
    totals.count += n;
    totals.weights += n;
    totals.positives += sum;
    return true;
  }

  /** Runs a kernel over `n` entries. Undefined if these numbers are not for it. */
  function run(call: Call, divide: number, first: number, n: number): number | undefined {
    const early = soft === undefined ? factorsFor(loss, divide, own) : undefined;
    const loaded = labels?.load(call, early, first, n) ?? 'not hard';
    const kernel = kernelFor(call, loaded, n);
    if (kernel === undefined || (call.hess !== undefined && kernel.hess === undefined)) return undefined;
    const lane = factors?.(call, divide, first, n, loaded === 'multiplied');
    if (lane === undefined) return undefined;
    const xAt = fetchLogits(call, first, n);
    memory.params.set(settings);
    memory.change[0] = lane.change;
    const wantsGrad = call.grad !== undefined;
    const wantsHess = call.hess !== undefined;
    const run = functions[kernel === written ? 0 : 1] as Functions;
    const [valueAt, gradAt, hessAt] = resultsAt(call, first, n);
    const kernelRun = (wantsHess && run.hess) || (wantsGrad ? run.grad : run.value);
    const sum = kernelRun(padded(n), lane.place, xAt, labels?.at.targets ?? 0, valueAt, gradAt, hessAt);
    // A logit that is not finite, or an overflow.
    if (!(Math.abs(sum) < Infinity)) return undefined;
    const lift = kernel === soft ? 128 * ownLift : ownLift;
    const lost = (place: number) => exports.lostDigits(padded(n), place, lane.place, lift) === 1;
    if ((lane.large || lift > 2) && (lost(valueAt) || (wantsGrad && lost(gradAt)) || (wantsHess && lost(hessAt))))
      return undefined;
    return call.values === undefined && isFaint(sum) ? undefined : sum * lane.undo;
  }

  /** Where the logits of a block are. */
  function fetchLogits(call: Call, first: number, n: number): number {
    const place = placeOf(call, 'logits', n);
    if (place !== 0) return place + 4 * first;
    x.set(part(call.logits as Float32Array, first, n));
    if (n < padded(n)) x.fill(0, n, padded(n));
    return at.X;
  }

  /** Where the results of a block are to go: to where the caller wants them if that is in this memory. */
  function resultsAt(call: Call, first: number, n: number): readonly [number, number, number] {
    const to = (field: 'value' | 'grad' | 'hess', lane: number) => {
      const place = placeOf(call, field, n);
      return place === 0 ? lane : place + 4 * first;
    };
    // Sums of examples are made of a block's losses.
    return [call.examples ? at.VALUE : to('value', at.VALUE), to('grad', at.GRAD), to('hess', at.HESS)];
  }

  /** What a block has of each example; undefined if one may be made of losses that have lost digits. */
  function examples(call: Call, first: number, n: number): number[] | undefined {
    wide.set(part(value, 0, n));
    const sums = exampleSums(call, wide, first, n);
    return sums.some(isFaint) ? undefined : sums;
  }

  return {
    block: SIMD_BLOCK,
    tally(call, totals, first, n) {
      if (labels.tally(call, totals, first, n) || tallySoft(call, totals, first, n)) return;
      fallback.tally(call, totals, first, n);
    },
    run(call, divide, first, n) {
      const sum = run(call, divide, first, n);
      const sums = sum !== undefined && call.examples ? examples(call, first, n) : [];
      if (sum === undefined || sums === undefined) return fallback.run(call, divide, first, n);
      if (call.examples) call.examples.push(...sums);
      else if (placeOf(call, 'value', n) === 0) call.values?.set(part(value, 0, n), first);
      if (placeOf(call, 'grad', n) === 0) (call.grad as Float32Array | undefined)?.set(part(grad, 0, n), first);
      if (placeOf(call, 'hess', n) === 0) (call.hess as Float32Array | undefined)?.set(part(hess, 0, n), first);
      return sum;
    },
  };
}
