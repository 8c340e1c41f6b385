import { type Loss, type Part, pointwise } from '@focal-loss/core';
import type { Lanes } from './lanes.ts';
import { programName, written } from './program.ts';
import { sum } from './reduce.ts';

/** A loss of single entries, a block at a time. Returns the sum of the block's values. */
export type Elementwise = (n: number, lanes: Lanes, wants: readonly Part[]) => number;

/**
 * The elementwise kernel of a loss: written when this package was built for the members of the family, and for a
 * member of the user's own its formula, run through the algebra of numbers.
 */
export function elementwise(loss: Loss): Elementwise {
  const softmax = loss.link === 'softmax';
  const point = pointwise(loss);
  const general = written(loss, softmax ? 'margin' : 'any');
  const hard = softmax ? general : written(loss, 'hard');
  // Where hard labels have no program of their own, the one for all is as good.
  const special = hard !== undefined && sameLiterals(hard.when, general?.when) ? hard : general;
  const params = Object.values(loss.params);

  const run = (i: number, { x, y, factor, scale, value, grad }: Lanes) => {
    const at = factor[i] === 0 ? { value: 0, derivative: 0 } : point(x[i], softmax ? 1 : y[i]);
    value[i] = factor[i] * at.value;
    grad[i] = scale[i] * at.derivative;
  };

  return (n, lanes, wants) => {
    if (general === undefined || special === undefined) {
      for (let i = 0; i < n; i++) run(i, lanes);
      return sum(lanes.value, n);
    }
    const program = special === general || allHard(n, lanes.y) ? special : general;
    program[programName(wants)](n, lanes, params);
    const total = sum(lanes.value, n);
    if (Math.abs(total) < Infinity) return total;

    // Written kernels know finite logits only. Here is one that is not, or an overflow, or NaN in a silenced entry.
    for (let i = 0; i < n; i++) {
      if (lanes.factor[i] === 0 || Math.abs(lanes.x[i]) === Infinity) run(i, lanes);
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
