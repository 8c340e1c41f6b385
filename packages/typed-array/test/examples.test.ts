import { type Loss, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { expect, it } from 'vitest';
import { compile, engines } from '../src/index.ts';

it.each(engines())(
  '%s: examples that go over the blocks of an engine, whose fallback has smaller ones (sums went astray)',
  (engine) => {
    const shape = [17, 5, 17, 3];
    const n = 17 * 5 * 17 * 3;
    const logits = Float32Array.from({ length: n }, (_, i) => 8 * Math.sin(i * 1.7));
    const soft = Float32Array.from({ length: n }, (_, i) => [0, 1, Math.abs(Math.sin(i))][i % 3]);
    const hard = soft.map(Math.round);
    const one = Array.from({ length: n / 3 }, (_, i) => i % 3);
    const asked: [Loss<'example'>, ArrayLike<number>][] = [
      [sigmoidFocal({ reduction: 'example' }), soft],
      [sigmoidFocal({ reduction: 'example' }), hard],
      [softmaxFocal({ reduction: 'example' }), one],
      [softmaxFocal({ reduction: 'example', labelSmoothing: 0.1 }), one],
    ];
    for (const [loss, targets] of asked) {
      const value = compile(loss, { engine }).value(logits, Float32Array.from(targets), { shape });
      const truth = reference(loss).value(logits, targets, { shape }) as Float64Array;
      expect(value).toHaveLength(17);
      truth.forEach((sum, i) => {
        expect(Math.abs(value[i] / sum - 1)).toBeLessThan(1e-6);
      });
    }
  },
);
