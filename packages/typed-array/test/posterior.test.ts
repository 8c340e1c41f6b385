import { factories, type Loss, posterior, type Reduction, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';
import { anyCalls } from './calls.ts';

const isTold = (loss: Loss): boolean => {
  try {
    posterior(loss);
    return true;
  } catch {
    return false;
  }
};

describe('posteriors', () => {
  it('are those of core for all shapes and losses, to 4e-14 and, in float32, half an ulp', () => {
    let compared = 0;
    for (const { loss, logits, options } of [...anyCalls(240, 12, 4), ...anyCalls(15, 13, 24)]) {
      if (!isTold(loss)) continue;
      compared++;
      const run = compile(loss);
      const { shape, axis } = options;
      for (const logit of [false, true]) {
        const want = posterior(loss)(logits, { shape, axis, logit });
        const [got, narrow] = [logits, Float32Array.from(logits)].map((x) => run.posterior(x, { shape, axis, logit }));
        want.forEach((eta, i) => {
          // A logarithm near 0 is as good as the probability it is of.
          const size = Math.max(Math.abs(eta), logit ? 1 : 2 ** -1022);
          expect(Math.abs(got[i] - eta)).toBeLessThanOrEqual(4e-14 * size);
          expect(Math.abs(narrow[i] - eta)).toBeLessThanOrEqual(6e-8 * size + 2 ** -149);
        });
      }
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('come in the logits’ kind of array', () => {
    const run = compile(sigmoidFocal());
    expect(run.posterior(new Float32Array(2))).toBeInstanceOf(Float32Array);
    expect(run.posterior([2])).toBeInstanceOf(Float64Array);
    expect(run.posterior(new Float32Array(0))).toHaveLength(0);
    expect(compile(softmaxFocal()).posterior(new Float32Array(0), { shape: [0, 3] })).toHaveLength(0);
  });

  it('of a loss that tells none is refused with the reason, when it is asked for', () => {
    const refused = Object.values(factories).filter((factory) => !isTold((factory as () => Loss<Reduction>)()));
    expect(refused.length).toBeGreaterThan(0);
    for (const factory of refused) {
      const run = compile((factory as () => Loss)());
      expect(() => run.posterior(new Float32Array(2), { shape: [1, 2] })).toThrow(/posterior got/);
    }
  });
});
