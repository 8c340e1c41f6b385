import type { Loss } from '@focal-loss/core';
import type { Call } from '../call.ts';
import { LAYOUT, padded } from './memory.ts';
import type { SimdMemory } from './wasm.ts';

/** The least normal float32; digits go below it. */
export const TINY = 2 ** -126;

/** The factors of a block, by which the kernel multiplies. */
export interface FactorLane {
  /** Where in memory they are. */
  readonly place: number;
  /** The bits in which a positive's factor differs from that, each a number of its own: 1 − α is not made of a float32 α. */
  readonly change: number;
  /** One is so large that it lifts losses or slopes that have lost digits into the normal numbers. */
  readonly large: boolean;
  /** What the sum of the losses is to be multiplied by, to be what it is undivided. */
  readonly undo: number;
}

const floats = new Float32Array(2);
const bits = new Int32Array(floats.buffer);

/**
 * What each entry of a block in memory is multiplied by, α_t · weight / denominator, as a function of the call.
 *
 * @returns Undefined where float32 cannot hold a factor. The function returns that too.
 */
export function factorLanes({ alpha, ignoreIndex }: Loss, memory: SimdMemory) {
  const { exports, range, constant, weight } = memory;
  const [positive, negative] = typeof alpha === 'number' ? [alpha, 1 - alpha] : [1, 1];
  const most = Math.max(positive, negative);
  const least = positive === 0 || negative === 0 ? most : Math.min(positive, negative);
  if (least < TINY) return undefined;

  return ({ weights }: Call, divide: number, n: number): FactorLane | undefined => {
    const [lightest, heaviest] = weights === undefined ? [1, 1] : [range[1], range[2]];
    if (!((lightest * least) / divide >= TINY)) return undefined;
    const large = (heaviest * most) / divide > 2;
    floats[0] = positive / divide;
    floats[1] = negative / divide;
    const undo = positive === negative ? positive / floats[0] : divide;
    const unchanged = weights === undefined && ignoreIndex === undefined;
    if (unchanged && n === padded(n)) {
      if (constant[0] !== floats[1]) constant.fill(floats[1]);
      return { place: LAYOUT.CONSTANT, change: bits[0] ^ bits[1], large, undo };
    }
    exports.applyFactors(padded(n), unchanged ? LAYOUT.ONES : LAYOUT.WEIGHT, floats[0], floats[1]);
    // What pads the last vector counts nothing.
    weight.fill(0, n, padded(n));
    return { place: LAYOUT.WEIGHT, change: 0, large, undo };
  };
}
