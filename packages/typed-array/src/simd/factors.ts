import { factorsOf, type Loss } from '@focal-loss/core';
import type { Call } from '../call.ts';
import { loadCategories } from '../lanes.ts';
import type { Factors, Labels, Loaded } from './labels.ts';
import { padded, SIMD_BLOCK } from './memory.ts';
import type { SimdMemory } from './wasm.ts';

/** The least normal float32; digits go below it. */
export const TINY = 2 ** -126;

/** The weights of its own by which a formula multiplies numbers that may have lost digits. */
export function liftOf({ key, params }: Loss): number {
  // Of a formula of one's own, any of its numbers may be one.
  if (key === undefined) return Object.values(params).reduce((lift, each) => lift * Math.max(1, Math.abs(each)), 1);
  const { alpha = 1, epsilon = 1, positiveWeight = 1, gamma, beta } = params;
  // FL* divides by γ what may be as small as e^−(γ·100 + β).
  const divided = key === 'focalStar' && 100 * gamma + Math.abs(beta) > 85 ? 1 / gamma : 1;
  // Where 1 − t meets a loss of 100.
  return Math.max(1, alpha, epsilon, positiveWeight, divided) * (key === 'iouAwareCrossEntropy' ? 128 : 1);
}

/** By what a formula divides slopes that may have lost digits, more than values: an asymmetric one by σ(−x) + margin. */
export const slopeLiftOf = ({ key, params: { margin = 0 } }: Loss): number =>
  key === 'asymmetric' && margin > 0 ? 1 / margin : 1;

/** The factors of a block, by which the kernel multiplies. */
export interface FactorLane {
  /** Where in memory they are. */
  readonly place: number;
  /** The bits in which a positive's factor differs from that, each a number of its own: 1 − α is not made of a float32 α. */
  readonly change: number;
  /** None is larger. */
  readonly largest: number;
  /** What the sum of the losses is to be multiplied by, to be what it is undivided. */
  readonly undo: number;
}

const floats = new Float32Array(2);
const bits = new Int32Array(floats.buffer);

/** What labels are multiplied by where that is the same for all classes. */
export function factorsFor({ alpha }: Loss, divide: number, into: Factors): Factors {
  const { positive, negative } = typeof alpha === 'object' ? { positive: divide, negative: divide } : factorsOf(alpha);
  into.positive = positive / divide;
  into.negative = negative / divide;
  return into;
}

/**
 * What each entry of a block in memory is multiplied by, α_t · weight / denominator, as a function of the call.
 *
 * @returns Undefined where float32 cannot hold a factor. The function returns that too. It is told how the
 *   labels are in memory: `'multiplied'` by α_t / denominator.
 */
export function factorLanes({ alpha, ignoreIndex }: Loss, memory: SimdMemory, labels: Labels) {
  const { exports, range, constant, weight, y, at } = memory;
  const factors = alpha === undefined ? [1] : [alpha].flat().flatMap((own) => [own, 1 - own]);
  const most = Math.max(...factors);
  const least = Math.min(...factors.filter((factor) => factor > 0));
  if (least < TINY) return undefined;
  const category = new Uint32Array(typeof alpha === 'object' ? SIMD_BLOCK : 0);

  /** Where each class has factors of its own. */
  function byCategory(alpha: readonly number[], call: Call, divide: number, first: number, n: number): void {
    if (call.weights === undefined && ignoreIndex === undefined) weight.fill(1, 0, n);
    else if (labels.at.weights !== at.WEIGHT) exports.copy(at.WEIGHT, labels.at.weights, n);
    if (labels.at.targets !== at.Y) exports.copy(at.Y, labels.at.targets, n);
    loadCategories(call, first, n, category);
    for (let i = 0; i < n; i++) {
      const own = alpha[category[i]];
      weight[i] *= (y[i] * own + (1 - y[i]) * (1 - own)) / divide;
    }
  }

  return (call: Call, divide: number, first: number, n: number, loaded: Loaded): FactorLane | undefined => {
    const { weights } = call;
    const [lightest, heaviest] = weights === undefined ? [1, 1] : [range[1], range[2]];
    if (!((lightest * least) / divide >= TINY)) return undefined;
    const largest = (heaviest * most) / divide;
    if (typeof alpha === 'object') {
      byCategory(alpha, call, divide, first, n);
      weight.fill(0, n, padded(n));
      return { place: at.WEIGHT, change: 0, largest, undo: divide };
    }
    const { positive, negative } = factorsOf(alpha);
    floats[0] = positive / divide;
    floats[1] = negative / divide;
    const undo = positive === negative ? positive / floats[0] : divide;
    const unchanged = weights === undefined && ignoreIndex === undefined;
    const isMixed = loaded === 'soft' && positive !== negative;
    if (unchanged && n === padded(n) && !isMixed) {
      if (constant[0] !== floats[1]) constant.fill(floats[1]);
      return { place: at.CONSTANT, change: bits[0] ^ bits[1], largest, undo };
    }
    if (loaded !== 'multiplied') {
      const from = unchanged ? at.ONES : labels.at.weights;
      const apply = isMixed ? exports.mixFactors : exports.applyFactors;
      apply(padded(n), labels.at.targets, from, floats[0], floats[1]);
    }
    // What pads the last vector counts nothing.
    weight.fill(0, n, padded(n));
    return { place: at.WEIGHT, change: 0, largest, undo };
  };
}
