import { type Loss, tally } from '@focal-loss/core';
import { gather, scatter } from './arrays.ts';
import type { Call } from './call.ts';
import { elementwise } from './elementwise.ts';
import type { Engine } from './engine.ts';
import { BLOCK, loadLabels, newLanes } from './lanes.ts';
import { rowwise } from './rowwise.ts';

/** The engine that runs everywhere and everything: float64 lanes, kernels in JavaScript. */
export function javascriptEngine(loss: Loss, classes: number): Engine {
  const kernel = elementwise(loss);
  const lanes = newLanes();
  const rowBlock = loss.link === 'softmax' ? rowwise(classes) : undefined;
  const block = rowBlock?.rows ?? BLOCK;

  function runBlock(call: Call, divide: number, first: number, n: number): number {
    const { logits, values, grad } = call;
    loadLabels(loss, lanes, call, divide, first, n);
    if (rowBlock === undefined) gather(logits, first, n, lanes.x);
    else {
      gather(logits, first * classes, n * classes, rowBlock.logits);
      rowBlock.margins(n, lanes);
    }
    const sum = kernel(n, lanes, call.wants);
    if (values !== undefined) scatter(lanes.value, n, values, first);
    if (grad !== undefined && rowBlock === undefined) scatter(lanes.grad, n, grad, first);
    else if (grad !== undefined && rowBlock !== undefined) {
      rowBlock.gradient(n, lanes);
      scatter(rowBlock.logits, n * classes, grad, first * classes);
    }
    return sum;
  }

  return {
    block,
    tally({ targets, weights }, totals, first, n) {
      for (let from = first; from < first + n; from += BLOCK) {
        const size = Math.min(BLOCK, first + n - from);
        gather(targets, from, size, lanes.y);
        if (weights !== undefined) gather(weights, from, size, lanes.factor);
        tally(loss, totals, size, lanes.y, weights && lanes.factor, classes, from);
      }
    },
    run(call, divide, first, n) {
      let sum = 0;
      for (let from = first; from < first + n; from += block) {
        sum += runBlock(call, divide, from, Math.min(block, first + n - from));
      }
      return sum;
    },
  };
}
