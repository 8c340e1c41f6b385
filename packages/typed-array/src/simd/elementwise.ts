import type { Loss } from '@focal-loss/core';
import type { Call } from '../call.ts';
import { areFinite, mayLoseNaN } from '../elementwise.ts';
import type { Engine } from '../engine.ts';
import { javascriptEngine } from '../javascript.ts';
import { exampleSums } from '../reduce.ts';
import { factorLanes, factorsFor, liftOf, slopeLiftOf, TINY } from './factors.ts';
import { kernelsOf } from './kernels.ts';
import { type Labels, labelsIn } from './labels.ts';
import { padded, part, SIMD_BLOCK } from './memory.ts';
import { placeOf } from './places.ts';
import type { SimdMemory } from './wasm.ts';

/** Whether a sum of losses is so small that it may be one of losses that have lost digits below float32's normal numbers. */
const isFaint = (sum: number) => sum !== 0 && Math.abs(sum) < 2 ** -100;

/**
 * The engine for float32 logits at a sigmoid, four at a time, with hard labels or float32 ones. Blocks it cannot take (other
 * soft labels, logits that are not finite, numbers too small for float32) go to the JavaScript engine, one by one.
 *
 * @returns Undefined where float32 does not hold the loss's α, or what is ignored is a label.
 */
export function simdElementwise(loss: Loss, _classes: number, memory: SimdMemory): Engine | undefined {
  const labels = labelsIn(loss, memory);
  const factors = labels && factorLanes(loss, memory, labels);
  return labels && factors && engineOf(loss, memory, labels, factors);
}

/** Beyond it even a result of 0 may be what has lost all of its digits. */
const SHOWS = 2 ** 22;

function engineOf(
  loss: Loss,
  memory: SimdMemory,
  labels: Labels,
  factors: NonNullable<ReturnType<typeof factorLanes>>,
): Engine {
  const { exports, x, value, grad, hess, at } = memory;
  const kernels = kernelsOf(loss, memory);
  const fallback = javascriptEngine(loss, { classes: 1, targetRows: false, fast: true });
  const losesNaN = mayLoseNaN(loss);
  const ownLift = liftOf(loss);
  const slopeLift = slopeLiftOf(loss);
  const wide = new Float64Array(SIMD_BLOCK);
  const own = { positive: 1, negative: 1 };

  /** Runs a kernel over `n` entries. Undefined if these numbers are not for it. */
  function run(call: Call, divide: number, first: number, n: number): number | undefined {
    if (losesNaN && !areFinite(call.logits, first, n)) return undefined;
    const loaded = labels.load(call, factorsFor(loss, divide, own), first, n);
    if (loaded === undefined) return undefined;
    const isSoft = loaded === 'soft';
    const kernel = kernels(isSoft ? 'any' : 'hard', call.wants);
    if (kernel === undefined) return undefined;
    const lane = factors(call, divide, first, n, loaded);
    if (lane === undefined) return undefined;
    const xAt = fetchLogits(call, first, n);
    memory.settings.set(kernel.settings);
    memory.change[0] = lane.change;
    const [valueAt, gradAt, hessAt] = resultsAt(call, first, n);
    const sum = kernel.run(padded(n), lane.place, xAt, labels.at.targets, valueAt, gradAt, hessAt);
    // A logit that is not finite, or an overflow.
    if (!(Math.abs(sum) < Infinity)) return undefined;
    const lift = isSoft ? 128 * ownLift : ownLift;
    /** Whether what has lost digits may have been lifted into the normal numbers, by up to `by` in the formula and by its factor. */
    const lost = (place: number, by: number) => {
      const most = by * lane.largest;
      if (most <= 2) return false;
      return most > SHOWS
        ? exports.lostDigits(padded(n), place, lane.place, by) === 1
        : exports.hasFaint(padded(n), place, TINY * most) === 1;
    };
    const isLost =
      lost(valueAt, lift) ||
      (call.grad !== undefined && lost(gradAt, lift * slopeLift)) ||
      (call.hess !== undefined && lost(hessAt, lift * slopeLift));
    if (isLost) return undefined;
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
      if (labels.tally(call, totals, first, n) || labels.tallySoft(call, totals, first, n)) return;
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
