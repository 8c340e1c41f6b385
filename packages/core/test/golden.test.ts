import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Case } from '../oracle/case.ts';
import { names } from '../oracle/generate.ts';
import { type Loss, lossFrom, posterior, reference } from '../src/index.ts';

const words: Record<string, number> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };
const read = (name: string): Case[] =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8'), (_, value) =>
    typeof value === 'string' && value in words ? words[value] : value,
  ).cases;

/** The worst relative error of an answer, of normal numbers. */
function error(got: ArrayLike<number>, want: readonly number[], scales?: readonly number[]): number {
  expect(got.length).toBe(want.length);
  return want.reduce((worst, truth, i) => {
    const size = Math.max(Math.abs(truth), scales?.[i] ?? 0);
    if (Object.is(truth, got[i]) || truth === got[i] || size < 2 ** -1022) return worst;
    return Math.max(worst, Number.isFinite(truth) ? Math.abs(got[i] - truth) / size : Infinity);
  }, 0);
}

const list = (numbers: number | ArrayLike<number>) => (typeof numbers === 'number' ? [numbers] : Array.from(numbers));

describe('the reference and the golden vectors', () => {
  it.each(names.filter((name) => !/operations|bad|published|parts/.test(name)))('%s: within 1e-14', (name) => {
    let worst = 0;
    for (const { loss, input, expect: want } of read(name)) {
      if (loss === undefined || input === undefined || input.repeat !== undefined || want.error !== undefined) continue;
      const { logits, targets, ...options } = input;
      const made: Loss = lossFrom({ loss: loss.factory, ...loss.options });
      const { value, grad } = reference(made).valueAndGrad(logits, targets, options);
      worst = Math.max(worst, error(list(value), list(want.value as number), want.valueScale));
      if (want.grad) worst = Math.max(worst, error(grad, want.grad, want.gradScale));
    }
    console.log(`${name}: worst ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(1e-14);
  });

  it('parts.json: second derivatives within 4e-14 of the size of their terms, posteriors within 4e-14', () => {
    const worst = { hess: 0, posterior: 0 };
    for (const { loss, input, expect: want } of read('parts.json')) {
      if (loss === undefined || input === undefined) throw new Error('a case without a loss');
      const { logits, targets, ...options } = input;
      const made: Loss = lossFrom({ loss: loss.factory, ...loss.options });
      if (want.hess) {
        const { hess } = reference(made).valueGradHess(logits, targets, options);
        worst.hess = Math.max(worst.hess, error(hess, want.hess, want.hessScale));
      }
      if (want.posterior) {
        worst.posterior = Math.max(worst.posterior, error(posterior(made)(logits, options), want.posterior));
      }
    }
    console.log(`parts.json: worst ${worst.hess.toExponential(1)}, ${worst.posterior.toExponential(1)}`);
    expect(worst.hess).toBeGreaterThan(0);
    expect(worst.hess).toBeLessThan(4e-14);
    expect(worst.posterior).toBeGreaterThan(0);
    expect(worst.posterior).toBeLessThan(4e-14);
  });
});
