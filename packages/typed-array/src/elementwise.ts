import { carrying, type Derivative, jet, type Loss, type Scalar } from '@focal-loss/core';
import type { Lanes } from './lanes.ts';
import { programOf, written } from './program.ts';
import { sum } from './reduce.ts';

/** A loss of single entries, a block at a time. Returns the sum of the block's values. */
export type Elementwise = (n: number, lanes: Lanes, wants: readonly Derivative[]) => number;

/** Beyond it a loss is continued along its slope; see core's `TensorOps.far`. */
const FAR = 2 ** 500;

/**
 * The elementwise kernel of a loss: written when this package was built for the members of the family, and for a
 * member of the user's own its formula, run through the algebra of numbers.
 */
export function elementwise(loss: Loss): Elementwise {
  const softmax = loss.link === 'softmax';
  const general = written(loss, softmax ? 'margin' : 'any');
  const hard = softmax ? general : written(loss, 'hard');
  // Where hard labels have no program of their own, the one for all is as good.
  const special = hard !== undefined && sameLiterals(hard.when, general?.when) ? hard : general;
  const params = Object.values(loss.params);
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
    if (general === undefined || special === undefined) {
      for (let i = 0; i < n; i++) run(i, lanes, wantsHess);
      return sum(lanes.value, n);
    }
    const isSpecial = special !== general && !wantsHess && allHard(n, lanes.y);
    programOf(isSpecial ? special : general, wants)?.(n, lanes, params);
    const total = sum(lanes.value, n);
    const good = Math.abs(total) < Infinity && (!wantsHess || Math.abs(sum(lanes.hess, n)) < Infinity);
    if (good) return total;

    // Written kernels know finite logits only. Here is one that is not, or an overflow, or NaN in a silenced entry.
    for (let i = 0; i < n; i++) {
      if (lanes.factor[i] === 0 || Math.abs(lanes.x[i]) === Infinity) run(i, lanes, wantsHess);
    }
    return sum(lanes.value, n);
  };
}

const sameLiterals = (a: object, b: object | undefined) => JSON.stringify(a) === JSON.stringify(b);

function allHard(n: number, y: Float64Array): boolean {
  let hard = true;
  for (let i = 0; i < n; i++) hard = hard && (y[i] === 0 || y[i] === 1);
  return hard;
}
