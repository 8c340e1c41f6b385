import { type Loss, tally } from '@focal-loss/core';
import { gather, scatter } from './arrays.ts';
import type { Engine, Job } from './engine.ts';
import { elementwise, rowwise } from './kernel.ts';
import { BLOCK, newLanes } from './lanes.ts';
import { loadScales } from './reduce.ts';

/** The engine that runs everywhere and everything: float64 lanes, kernels in JavaScript. */
export function javascriptEngine(loss: Loss, classes: number): Engine {
  const kernel = elementwise(loss);
  const lanes = newLanes();
  const rowBlock = loss.link === 'softmax' ? rowwise(classes) : undefined;
  const block = rowBlock?.rows ?? BLOCK;

  function runBlock(job: Job, divide: number, first: number, n: number): number {
    const { logits, values, grad } = job;
    loadScales(loss, lanes, job, divide, first, n);
    if (rowBlock === undefined) gather(logits, first, n, lanes.x);
    else {
      gather(logits, first * classes, n * classes, rowBlock.logits);
      rowBlock.margins(n, lanes);
    }
    const sum = kernel(n, lanes, grad !== undefined);
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
        if (weights !== undefined) gather(weights, from, size, lanes.weight);
        tally(loss, totals, size, lanes.y, weights && lanes.weight, classes, from);
      }
    },
    run(job, divide, first, n) {
      let sum = 0;
      for (let from = first; from < first + n; from += block) {
        sum += runBlock(job, divide, from, Math.min(block, first + n - from));
      }
      return sum;
    },
  };
}
