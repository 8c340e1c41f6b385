import { describe, expect, it } from 'vitest';
import { conformanceReport, defineBackend, type Report } from '../src/index.ts';
import { rounded } from './honest.ts';

describe('what is drawn are numbers of the format', () => {
  // The truth was that of another logit: 0.75 times a float32 number is none, and e^(−3x) at 17 made 2.7e-6 of it.
  it('a logit that a sequence moves is rounded, which seed 19 took for a fault of a backend that is right', async () => {
    const { failures } = await conformanceReport(rounded('float32'), { case: 'random.sequences/both', seed: 19 });
    expect(failures).toEqual([]);
  });
});

/** Posteriors of sigmoidPoly by its slopes as a textbook has them: d₀ / (d₀ − d₁). */
const textbook = defineBackend({
  name: 'posterior of slopes',
  dtype: 'float64',
  supports: { posterior: true },
  evaluate({ loss: { params, alpha }, logits }) {
    const { gamma, epsilon } = params;
    const factor = alpha as number | undefined;
    const posterior = logits.map((x) => {
      const slope = (z: number) => {
        const [miss, hit] = [1 / (1 + Math.exp(z)), 1 / (1 + Math.exp(-z))];
        const focal = miss ** gamma * (gamma * hit * Math.log1p(Math.exp(-z)) + miss);
        return focal + epsilon * (gamma + 1) * miss ** (gamma + 1) * hit;
      };
      const [down, up] = [(1 - (factor ?? 0)) * slope(-x), (factor ?? 1) * slope(x)];
      return down / (down + up);
    });
    return { posterior };
  },
});

describe('where terms cancel, no digits are asked for that the truth has not', () => {
  // Near ε = −1 the posterior of a poly loss is that of a difference, and was held to 4 times the allowance: seeds 2 and 16 of 20 failed.
  it('posteriors of poly losses by a formula of its own, with 20 seeds', async () => {
    const failures: Report['failures'][number][] = [];
    for (let seed = 1; seed <= 20; seed++) {
      failures.push(...(await conformanceReport(textbook, { case: 'posterior/sigmoidPoly', seed })).failures);
    }
    expect(failures).toEqual([]);
  });
});
