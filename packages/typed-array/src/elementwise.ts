import { carrying, type Derivative, jet, type Loss, type Scalar } from '@focal-loss/core';
import type { Lanes } from './lanes.ts';
import { programs } from './program.ts';
import { sum } from './reduce.ts';

/** A loss of single entries, a block at a time. Returns the sum of the block's values. */
export type Elementwise = (n: number, lanes: Lanes, wants: readonly Derivative[]) => number;

/** Beyond it a loss is continued along its slope; see core's `TensorOps.far`. */
const FAR = 2 ** 500;

/**
 * The elementwise kernel of a loss. Entries that it has no numbers for, infinite logits among them, go through the algebra of
 * numbers.
 *
 * @param fast Whether WebAssembly may be used.
 */
export function elementwise(loss: Loss, fast: boolean): Elementwise {
  const softmax = loss.link === 'softmax';
  const programOf = programs(loss, fast);
  const points = [1, 2].map((order) => jet<Scalar>(loss.formula, carrying, loss.params, order));

  /** One entry through the algebra of numbers, which knows every logit. */
  function run(i: number, { x, y, low, factor, scale, value, grad, hess }: Lanes, wantsHess: boolean): void {
    if (factor[i] === 0) {
      value[i] = 0;
      grad[i] = 0;
      hess[i] = 0;
      return;
    }
    const near = Math.max(-FAR, Math.min(x[i], FAR));
    const at: Scalar = softmax ? { value: near, low: low[i] } : near;
    const [loss, slope, curve] = points[wantsHess ? 1 : 0](at, softmax ? 1 : y[i]) as number[];
    value[i] = factor[i] * (near === x[i] || slope === 0 ? loss : loss + slope * (x[i] - near));
    grad[i] = scale[i] * slope;
    hess[i] = scale[i] * curve;
  }

  return (n, lanes, wants) => {
    const wantsHess = wants.includes('hess');
    const { x, factor, value, grad, hess } = lanes;
    programOf(softmax ? 'margin' : allHard(n, lanes.y) ? 'hard' : 'any', wants)(n, lanes);
    const total = sum(value, n);
    const good = Math.abs(total) < Infinity && (!wantsHess || Math.abs(sum(hess, n)) < Infinity);
    if (good && (!mayLoseNaN(loss) || areFinite(x, 0, n))) return total;

    // Here is a logit that is not finite, or an overflow, or NaN in a silenced entry.
    const isNumber = (part: number) => Math.abs(part) < Infinity;
    for (let i = 0; i < n; i++) {
      const isGood = isNumber(value[i]) && (wants.length < 2 || isNumber(grad[i])) && (!wantsHess || isNumber(hess[i]));
      if (factor[i] === 0 || !isGood || !isNumber(x[i])) run(i, lanes, wantsHess);
    }
    return sum(value, n);
  };
}

/** Whether a NaN logit may leave numbers: a power of a sigmoid alone, or a logarithm, has some there. The members of the family show it. */
export const mayLoseNaN = ({ key }: Loss): boolean => key === undefined;

/** Whether all of `n` numbers from `first` on are finite. */
export function areFinite(numbers: ArrayLike<number>, first: number, n: number): boolean {
  let none = 0;
  for (let i = first; i < first + n; i++) none += numbers[i] - numbers[i];
  return none === 0;
}

function allHard(n: number, y: Float64Array): boolean {
  let hard = true;
  for (let i = 0; i < n; i++) hard = hard && (y[i] === 0 || y[i] === 1);
  return hard;
}
