import type { Loss, Totals } from '@focal-loss/core';
import { gather, type NumericArray } from '../arrays.ts';
import type { Call } from '../call.ts';
import { padded, part } from './memory.ts';
import { placeOf } from './places.ts';
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

/** By how many bits kernels know labels of a byte each. */
const BYTES = [
  [Uint8Array, 255],
  [Uint8ClampedArray, 255],
  [Int8Array, -1],
] as const;

/** Labels, with their weights, on their way into the memory of the kernels, or where they lie in it already. */
export interface Labels {
  /** Where the targets and the weights of the block last looked at are, in float32. */
  readonly at: { targets: number; weights: number };
  /**
   * Looks at `n` targets and weights and adds them to `totals`. False if it cannot: a target is neither 0, nor 1, nor
   * ignored, or a weight may be a bad one.
   */
  tally(call: Call, totals: Totals, first: number, n: number): boolean;
  /** The same of labels between 0 and 1, if they are float32: in float64, 1 − y has other digits. */
  tallySoft(call: Call, totals: Totals, first: number, n: number): boolean;
  /**
   * Fills the lanes of targets and weights, the ignored entries and what pads the last vector with 0. Undefined if a target is soft,
   * and no float32 or too small for one.
   */
  load(call: Call, factors: Readonly<Factors>, first: number, n: number): Loaded | undefined;
}

/** How labels are in memory: weights are as they were, or each has been multiplied by what its label says, or labels are soft. */
export type Loaded = 'loaded' | 'multiplied' | 'soft';

/** What labels are multiplied by, as float32. */
export interface Factors {
  positive: number;
  negative: number;
}

const unchanged: Factors = { positive: 1, negative: 1 };

/** Undefined if what is ignored is a label as well, or no float32. */
export function labelsIn({ ignoreIndex, normalizer, positives }: Loss, memory: SimdMemory): Labels | undefined {
  if (ignoreIndex === 0 || ignoreIndex === 1 || Math.abs(ignoreIndex ?? 0) > 2 ** 24) return undefined;
  const { exports, y, weight, counts, range } = memory;
  const ignored = ignoreIndex ?? Number.NaN;
  const at = { targets: memory.at.Y, weights: memory.at.WEIGHT };
  /** Whether the targets fetched last are known to be 0 or 1, and have been counted. */
  let counted = false;

  /** Finds the targets of a block, as they are. False if they are none that kernels know. */
  function fetch(call: Call, first: number, n: number): boolean {
    const { targets } = call;
    const place = placeOf(call, 'targets', n);
    at.targets = memory.at.Y;
    counted = false;
    if (place === 0) return fillTargets(targets, first, n);
    const bytes = BYTES.find(([Kind]) => targets instanceof Kind);
    if (bytes !== undefined) counted = exports.loadBytes(n, place + first, bytes[1]) === 1;
    else if (targets instanceof Float32Array) at.targets = place + 4 * first;
    else return fillTargets(targets, first, n);
    return true;
  }

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

  function fetchWeights(call: Call, weights: NumericArray, first: number, n: number): void {
    const place = weights instanceof Float32Array ? placeOf(call, 'weights', n) : 0;
    at.weights = place === 0 ? memory.at.WEIGHT : place + 4 * first;
    if (place === 0) {
      gather(weights, first, n, weight);
      weight.fill(1, n, padded(n));
    }
    exports.lookAtWeights(padded(n), at.weights);
    // One that is 0 in float32 only is the least above 0.
    if (range[0] === 0 && !(weights instanceof Float32Array) && vanished(weights, first, n)) range[1] = 0;
  }

  /** False if one may be a bad one: of float32 weights, one that is no finite number ≥ 0 here may be none at all. */
  function fetchGoodWeights(call: Call, first: number, n: number): boolean {
    if (call.weights === undefined) return true;
    fetchWeights(call, call.weights, first, n);
    return range[0] >= 0 && !Object.is(range[0], -0) && range[2] < Infinity;
  }

  function vanished(weights: NumericArray, first: number, n: number): boolean {
    for (let i = 0; i < n; i++) if (weight[i] === 0 && Number(weights[first + i]) !== 0) return true;
    return false;
  }

  function fetchAll(call: Call, first: number, n: number): boolean {
    if (call.weights !== undefined) fetchWeights(call, call.weights, first, n);
    return fetch(call, first, n);
  }

  const loadSoft = ({ targets }: Call, n: number) =>
    targets instanceof Float32Array && exports.hasTinyLabels(padded(n), at.targets) === 0 ? 'soft' : undefined;

  const countTargets = (n: number) => counted || exports.countTargets(padded(n), ignored, at.targets) === 1;

  const maskTargets = (n: number, weights: unknown, { positive, negative }: Factors = unchanged) => {
    const from = weights === undefined ? memory.at.ONES : at.weights;
    const areHard = exports.maskTargets(padded(n), ignored, at.targets, from, positive, negative) === 1;
    at.targets = memory.at.Y;
    at.weights = memory.at.WEIGHT;
    return areHard;
  };

  return {
    at,
    tally(call, totals, first, n) {
      const { weights, noted } = call;
      noted.hard &&= weights === undefined || normalizer !== 'weights';
      if (!noted.hard) return false;
      // Whatever comes of it, the labels of the block before are there no longer.
      noted.inMemory = -1;
      noted.hard = fetchGoodWeights(call, first, n) && fetch(call, first, n) && countTargets(n);
      if (!noted.hard) return false;
      const [ones, skipped] = counts;
      totals.count += n - skipped;
      totals.weights += n - skipped;
      totals.positives += ones;
      noted.inMemory = first;
      return true;
    },
    tallySoft(call, totals, first, n) {
      const { targets, weights, noted } = call;
      noted.inMemory = -1;
      if (!(targets instanceof Float32Array) || (weights !== undefined && normalizer === 'weights')) return false;
      if (!fetchGoodWeights(call, first, n) || !fetch(call, first, n)) return false;
      const sum = exports.sumOfLabels(padded(n), ignored, at.targets);
      if (Number.isNaN(sum)) return false;
      const [ones, skipped] = counts;
      totals.count += n - skipped;
      totals.weights += n - skipped;
      totals.positives += positives === 'ones' ? ones : sum;
      return true;
    },
    load(call, factors, first, n) {
      const { weights, noted } = call;
      const inMemory = noted.inMemory === first;
      noted.inMemory = -1;
      if (!inMemory && !fetchAll(call, first, n)) return undefined;
      if (ignoreIndex === undefined) return noted.hard || countTargets(n) ? 'loaded' : loadSoft(call, n);
      if (maskTargets(n, weights, factors)) return 'multiplied';
      // Those weights are multiplied by what they should not be.
      if (!fetchAll(call, first, n)) return undefined;
      maskTargets(n, weights);
      return loadSoft(call, n);
    },
  };
}
