import type { Loss } from '@focal-loss/core';
import { gatherRows, scatterRows } from '../arrays.ts';
import { elementwise } from '../elementwise.ts';
import type { Engine } from '../engine.ts';
import { javascriptEngine } from '../javascript.ts';
import { loadLabels, newLanes } from '../lanes.ts';
import { exampleSums } from '../reduce.ts';
import { TINY } from './factors.ts';
import { SIMD_BLOCK } from './memory.ts';
import type { SimdMemory } from './wasm.ts';

/**
 * The engine for float32 logits at a softmax: sums and gradients of rows four at a time, the loss of each row's margin in
 * float64. Blocks with logits that are not finite go to the JavaScript engine.
 *
 * @returns Undefined if a row does not fit into its memory.
 */
export function simdRowwise(loss: Loss, classes: number, memory: SimdMemory): Engine | undefined {
  if (classes > SIMD_BLOCK) return undefined;
  const { exports, x, y, weight, value, grad, sums } = memory;
  const kernel = elementwise(loss);
  const lanes = newLanes();
  const fallback = javascriptEngine(loss, { classes, targetRows: false });
  const block = Math.min(Math.floor(SIMD_BLOCK / classes), lanes.x.length);

  /** Margins into the lanes; false if a row has logits that are not finite. */
  function margins(n: number): boolean {
    for (let i = 0; i < n; i++) {
      const largest = sums[2 * i];
      const sum = sums[2 * i + 1];
      if (!(sum < Infinity && largest > -3.4e38)) return false;
      const own = x[i * classes + lanes.y[i]];
      const d = own - largest;
      lanes.x[i] = d - Math.log(sum);
      lanes.low[i] = 0;
    }
    return true;
  }

  /** Spreads the slopes over the rows; false if a large one lifts shares that have lost digits into the normal numbers. */
  function gradient(n: number): boolean {
    for (let i = 0; i < n; i++) {
      weight[i] = lanes.grad[i];
      value[i] = -lanes.grad[i] / sums[2 * i + 1];
      if (Math.abs(value[i]) > 2 && exports.leastShare(i, classes) < TINY) return false;
    }
    exports.spread(n, classes);
    return true;
  }

  return {
    block,
    tally: fallback.tally,
    run(call, divide, first, n) {
      loadLabels(loss, lanes, call, divide, first, n);
      gatherRows(call.logits, call, first, n, x);
      y.set(lanes.y.subarray(0, n));
      exports.rowSums(n, classes);
      const sum = margins(n) ? kernel(n, lanes, call.wants) : Number.NaN;
      const done = Math.abs(sum) < Infinity && (!call.wants.includes('grad') || gradient(n));
      if (!done) return fallback.run(call, divide, first, n);
      if (call.examples) call.examples.push(...exampleSums(call, lanes.value, first, n));
      else call.values?.set(lanes.value.subarray(0, n), first);
      if (call.grad) scatterRows(grad, call, n, call.grad, first);
      return sum;
    },
  };
}
