import {
  type FocalLossError,
  type Loss,
  qualityFocal,
  sigmoidCrossEntropy,
  sigmoidFocal,
  softmaxFocal,
} from '@focal-loss/core';
// Threads run what was built, so this is the built package.
import { compile as compileHere, type NumericArray } from '@focal-loss/typed-array';
import { compile } from '@focal-loss/typed-array/parallel';
import { describe, expect, it } from 'vitest';
import { random } from '../../core/oracle/random.ts';
import { expectSame } from './same.ts';

/** Calls on ordinary arrays, of so many blocks that threads get some and this one keeps others. */
const CASES: readonly (readonly [string, Loss, number, object])[] = [
  ['sums', sigmoidFocal({ reduction: 'sum', alpha: 0.3 }), 1, {}],
  ['labels to be counted', sigmoidFocal({ normalizer: 'positives' }), 1, {}],
  ['ignored entries', sigmoidCrossEntropy({ ignoreIndex: 1 }), 1, {}],
  ['soft labels', qualityFocal(), 1, {}],
  ['single losses', sigmoidFocal({ reduction: 'none' }), 1, {}],
  ['sums of examples', sigmoidFocal({ reduction: 'example' }), 4, {}],
  ['rows', softmaxFocal(), 80, {}],
  ['short rows', softmaxFocal({ reduction: 'none' }), 7, {}],
  // Some blocks were begun before all of their logits were there.
  ['rows whose classes lie apart', softmaxFocal({ reduction: 'none' }), 80, { axis: 0 }],
];

describe.each([1, 3])('a call on copied arrays and %s threads', (workers) => {
  it.each(CASES)('has the bits of one thread: %s', async (_, loss, classes, more) => {
    const draw = random(workers);
    const here = compileHere(loss);
    const run = await compile(loss, { workers, threshold: 0 });
    for (const size of [1, 40_000, 120_001]) {
      const rows = Math.ceil(size / classes);
      const length = rows * classes;
      const softmax = loss.link === 'softmax';
      const logits = Float32Array.from({ length }, () => 8 * draw() - 5);
      const label = () =>
        softmax ? Math.floor(draw() * classes) : loss.key === 'qualityFocal' ? draw() : +(draw() < 0.1);
      const numbers = Array.from({ length: softmax ? rows : length }, label);
      const weights = Float32Array.from(numbers, () => draw());
      const shape = 'axis' in more ? [classes, rows] : [rows, classes];
      for (const targets of [numbers, Float32Array.from(numbers)] as NumericArray[]) {
        const options = { shape, weights, ...more };
        expectSame(await run.valueGradHess(logits, targets, options), here.valueGradHess(logits, targets, options));
        const over = logits.slice();
        const want = here.valueAndGrad(logits, targets, options);
        expectSame(await run.valueAndGrad(over, targets, { ...options, grad: over }), want);
        expectSame({ over }, { over: want.grad });
      }
    }
    await run.dispose();
  });

  it('refuses the first bad target of all, whoever would have met it, and writes nothing', async () => {
    const run = await compile(sigmoidFocal(), { workers, threshold: 0 });
    const logits = new Float32Array(100_000).fill(0.5);
    for (const places of [[7, 99_998], [99_999], [50_000, 70_000]]) {
      const targets = new Float32Array(logits.length);
      for (const place of places) targets[place] = 7;
      const grad = new Float32Array(logits.length);
      const error = await run.valueAndGrad(logits, targets, { grad }).catch((error: FocalLossError) => error);
      expect(String(error)).toContain(`targets[${places[0]}]`);
      expect(grad.every((slope) => slope === 0)).toBe(true);
    }
    await run.dispose();
  });
});
