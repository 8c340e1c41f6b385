import type { Loss, Totals } from '@focal-loss/core';
import { gather, type NumericArray } from '../arrays.ts';
import type { Call } from '../call.ts';
import { LAYOUT, padded, part } from './memory.ts';
import type { SimdMemory } from './wasm.ts';

/** The typed arrays whose entries go into float32 without a check of each. */
const NARROW = [
  Float32Array,
  Uint8Array,
  Int8Array,
  Int32Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Uint32Array,
];

/** Hard labels, with their weights, on their way into the memory of the kernels. */
export interface Labels {
  /**
   * Looks at `n` targets and weights and adds them to `totals`. False if it cannot: a target is neither 0, nor 1, nor
   * ignored, or a weight may be a bad one.
   */
  tally(call: Call, totals: Totals, first: number, n: number): boolean;
  /**
   * Fills the lanes of targets and weights, the ignored entries and what pads the last vector with 0. `'not hard'` if a target
   * is neither 0, nor 1, nor ignored; `'multiplied'` if each weight has been multiplied by `factors`, which are not to be given
   * where other labels are not the end of it.
   */
  load(
    call: Call,
    factors: Readonly<Factors> | undefined,
    first: number,
    n: number,
  ): 'loaded' | 'multiplied' | 'not hard';
}

/** What labels are multiplied by, as float32. */
export interface Factors {
  positive: number;
  negative: number;
}

const unchanged: Factors = { positive: 1, negative: 1 };

/** Undefined if what is ignored is a label as well, or no float32. */
export function hardLabels({ ignoreIndex, normalizer }: Loss, memory: SimdMemory): Labels | undefined {
  if (ignoreIndex === 0 || ignoreIndex === 1 || Math.abs(ignoreIndex ?? 0) > 2 ** 24) return undefined;
  const { exports, y, weight, counts, range } = memory;
  const ignored = ignoreIndex ?? Number.NaN;

  function fillTargets(targets: NumericArray, first: number, n: number): boolean {
    if (NARROW.some((Kind) => targets instanceof Kind)) {
      y.set(part(targets as Float32Array, first, n));
    } else {
      for (let i = 0; i < n; i++) {
        const target = targets[first + i];
        if (target !== 0 && target !== 1 && target !== ignoreIndex) return false;
        y[i] = target;
      }
    }
    if (n < padded(n)) y.fill(0, n, padded(n));
    return true;
  }

  function fillWeights(weights: NumericArray, first: number, n: number): void {
    gather(weights, first, n, weight);
    weight.fill(1, n, padded(n));
    exports.lookAtWeights(padded(n));
    // One that is 0 in float32 only is the least above 0.
    if (range[0] === 0 && !(weights instanceof Float32Array) && vanished(weights, first, n)) range[1] = 0;
  }

  function vanished(weights: NumericArray, first: number, n: number): boolean {
    for (let i = 0; i < n; i++) if (weight[i] === 0 && Number(weights[first + i]) !== 0) return true;
    return false;
  }

  const countTargets = (n: number) => exports.countTargets(padded(n), ignored) === 1;

  const maskTargets = (n: number, weights: unknown, { positive, negative } = unchanged) => {
    const at = weights === undefined ? LAYOUT.ONES : LAYOUT.WEIGHT;
    return exports.maskTargets(padded(n), ignored, at, positive, negative) === 1;
  };

  return {
    tally(call, totals, first, n) {
      const { targets, weights, noted } = call;
      noted.hard &&= weights === undefined || normalizer !== 'weights';
      if (!noted.hard) return false;
      if (weights !== undefined) fillWeights(weights, first, n);
      // Of float32 weights: one that is no finite number ≥ 0 here may be none at all.
      const good = weights === undefined || (range[0] >= 0 && !Object.is(range[0], -0) && range[2] < Infinity);
      noted.hard = good && fillTargets(targets, first, n) && countTargets(n);
      if (!noted.hard) return false;
      const [ones, skipped] = counts;
      totals.count += n - skipped;
      totals.weights += n - skipped;
      totals.positives += ones;
      noted.inMemory = first;
      return true;
    },
    load({ targets, weights, noted }, factors, first, n) {
      const inMemory = noted.inMemory === first;
      noted.inMemory = -1;
      if (!inMemory && weights !== undefined) fillWeights(weights, first, n);
      if (!inMemory && !fillTargets(targets, first, n)) return 'not hard';
      if (ignoreIndex !== undefined) {
        if (!maskTargets(n, weights, factors)) return 'not hard';
        return factors === undefined ? 'loaded' : 'multiplied';
      }
      return noted.hard || countTargets(n) ? 'loaded' : 'not hard';
    },
  };
}
