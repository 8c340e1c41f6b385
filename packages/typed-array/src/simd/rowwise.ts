import type { Loss } from '@focal-loss/core';
import { gather, gatherRows, scatterRows } from '../arrays.ts';
import type { Call } from '../call.ts';
import { elementwise } from '../elementwise.ts';
import type { Engine } from '../engine.ts';
import { javascriptEngine } from '../javascript.ts';
import { loadFactors, loadLabels, newLanes } from '../lanes.ts';
import { exampleSums } from '../reduce.ts';
import { liftOf, TINY } from './factors.ts';
import { kernelsOf } from './kernels.ts';
import { padded, SIMD_BLOCK, SIMD_ROWS } from './memory.ts';
import { placeOf } from './places.ts';
import type { SimdMemory } from './wasm.ts';

/** Rows of fewer classes are worked off four at a time, a class of four rows beside each other. */
const SHORT = 32;

/** Of how many bytes of exponentials sums may be formed in float32: a power above 2 takes what they lack so many times more. */
const fewOf = ({ key, params }: Loss): number =>
  key === undefined || Math.max(0, ...Object.values(params)) > 2 ? 32 : 128;

/**
 * The engine for float32 logits at a softmax, four at a time: sums of rows, the losses at their margins, derivatives. Blocks with logits that are not finite, or with numbers too
 * small for float32, go to the JavaScript engine.
 *
 * @returns Undefined if a row does not fit into its memory.
 */
export function simdRowwise(loss: Loss, classes: number, memory: SimdMemory): Engine | undefined {
  if (classes > SIMD_BLOCK) return undefined;
  const isShort = classes < SHORT;
  const fitting = Math.min(Math.floor(SIMD_BLOCK / classes), SIMD_ROWS);
  const block = fitting < 4 ? fitting : fitting & ~3;
  const { exports, x, grad, value, curveShare, margin, marginLow, at } = memory;
  const { target, factor, scale, rowLoss, rowGrad, rowHess } = memory;
  const kernels = kernelsOf({ ...loss, literals: [] }, memory);
  const wide = elementwise(loss, true);
  const lanes = { ...newLanes(SIMD_ROWS), y: target, factor, scale, value: rowLoss, grad: rowGrad, hess: rowHess };
  const fallback = javascriptEngine(loss, { classes, targetRows: false, fast: true });
  const background = loss.background ?? Number.NaN;
  const lift = liftOf(loss);
  const few = fewOf(loss);

  /** Losses and their derivatives at the margins into the lanes. Returns the losses' sum; NaN if these numbers are not for float32. */
  function losses(call: Call, n: number): number {
    const kernel = kernels('margin', call.wants);
    if (kernel === undefined) {
      for (let i = 0; i < n; i++) lanes.x[i] = margin[i] + marginLow[i];
      return wide(n, lanes, call.wants);
    }
    memory.settings.set(kernel.settings);
    kernel.run(padded(n), 0, at.MARGIN, at.Y, at.ROW_VALUE, at.SLOPE, at.CURVE);
    const total = exports.rowResults(n, lift, call.wants.length);
    // Sums of losses, some of which may have lost digits; but of silenced rows comes nothing.
    const isFaint = call.values === undefined && total < 2 ** -100 && factor.subarray(0, n).some(Boolean);
    return isFaint ? Number.NaN : total;
  }

  /**
   * Spreads the slopes over the rows, and second derivatives if there is a place for them; false if one is too large for float32, or a
   * large one lifts shares that have lost digits into the normal numbers.
   */
  function derivatives(n: number, to: number, hessTo: number): boolean {
    const steep = exports.rowSlopes(padded(n));
    const bent = hessTo === 0 ? 0 : exports.rowCurves(padded(n));
    if (steep === 2 || bent === 2) return false;
    if (steep === 1 || bent === 1) {
      for (let i = 0; i < n; i++) {
        const isLarge = Math.abs(value[i]) > 2 || (bent === 1 && Math.abs(curveShare[i]) > 2);
        if (isLarge && exports.leastShare(i, classes, isShort ? 1 : 0) < TINY) return false;
      }
    }
    // Before the gradient, which may be written over the exponentials.
    if (hessTo !== 0) (isShort ? exports.shortCurves : exports.curves)(n, classes, hessTo);
    (isShort ? exports.shortSpread : exports.spread)(n, classes, to);
    return true;
  }

  /** Fills the lanes of rows; what fills the last vector up counts nothing. */
  function loadRows(call: Call, divide: number, first: number, n: number): void {
    if (call.noted.inMemory === first) loadFactors(loss, lanes, call, divide, first, n);
    else loadLabels(loss, lanes, call, divide, first, n);
    call.noted.inMemory = -1;
    if (n === padded(n)) return;
    for (const lane of [target, factor, scale, rowGrad, rowHess]) lane.fill(0, n, padded(n));
  }

  /** Where the logits of a block are: where the caller has them, or a copy. */
  function logitsAt(call: Call, first: number, n: number): number {
    const place = isShort ? placeOf(call, 'logits', n) : (call.places?.logits ?? 0);
    if (call.inner === 1 && place !== 0) return place + 4 * first * classes;
    gatherRows(call.logits, call, first, n, x);
    if (isShort) x.fill(0, n * classes, padded(n) * classes);
    return at.X;
  }

  /** Where derivatives of a block are to go: to where the caller wants them if its rows are as they are here, or else to a lane. */
  function resultAt(call: Call, field: 'grad' | 'hess', lane: number, first: number, n: number): number {
    const place = isShort ? placeOf(call, field, n) : (call.places?.[field] ?? 0);
    return call.inner === 1 && place !== 0 ? place + 4 * first * classes : lane;
  }
  const gradientAt = (call: Call, first: number, n: number) => resultAt(call, 'grad', at.GRAD, first, n);
  /** Logits are done with once their exponentials are there. */
  const curvesAt = (call: Call, first: number, n: number) =>
    call.hess === undefined ? 0 : resultAt(call, 'hess', at.X, first, n);

  /** Runs the steps on a block. Undefined if these numbers are not for it. */
  function run(call: Call, divide: number, first: number, n: number): number | undefined {
    loadRows(call, divide, first, n);
    const sums = isShort ? exports.shortRowSums : exports.rowSums;
    sums(n, classes, call.wants.includes('grad') ? 1 : 0, logitsAt(call, first, n), few);
    if (exports.rowMargins(n) !== 1) return undefined;
    const total = losses(call, n);
    const done =
      Math.abs(total) < Infinity &&
      (!call.wants.includes('grad') || derivatives(n, gradientAt(call, first, n), curvesAt(call, first, n)));
    return done ? total : undefined;
  }

  return {
    block,
    tally(call, totals, first, n) {
      const isPlain = call.weights === undefined && loss.ignoreIndex === undefined;
      if (isPlain) {
        // Whatever comes of it, the targets of the block before are there no longer.
        call.noted.inMemory = -1;
        gather(call.targets, first, n, target);
        const positives = exports.countClasses(n, classes, background);
        if (positives >= 0) {
          totals.count += n;
          totals.weights += n;
          totals.positives += positives;
          call.noted.inMemory = first;
          return;
        }
      }
      fallback.tally(call, totals, first, n);
    },
    run(call, divide, first, n) {
      const total = run(call, divide, first, n);
      if (total === undefined) return fallback.run(call, divide, first, n);
      if (call.examples) call.examples.push(...exampleSums(call, rowLoss, first, n));
      else call.values?.set(rowLoss.subarray(0, n), first);
      if (call.grad && gradientAt(call, first, n) === at.GRAD) scatterRows(grad, call, n, call.grad, first);
      if (call.hess && curvesAt(call, first, n) === at.X) scatterRows(x, call, n, call.hess, first);
      return total;
    },
  };
}
