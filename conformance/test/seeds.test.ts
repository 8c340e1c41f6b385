import { reference } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { conformanceReport, defineBackend, everything, type Report } from '../src/index.ts';
import { evaluate, rounded } from './honest.ts';

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

/** Rows of smoothed targets as what each class sends to each logit, some of which are off as one of three operations in float32 may be. */
const added = defineBackend({
  name: 'slopes added up',
  dtype: 'float32',
  supports: { ...everything, ignoreIndex: false },
  largest: 2 ** 16,
  evaluate(call) {
    const { loss, logits, targets, weights, normalizer } = call;
    const { value, grad } = evaluate({ ...call, grad: true });
    const classes = logits.length / targets.length;
    if (loss.labelSmoothing === 0 || loss.link === 'sigmoid' || classes > 4)
      return { value, grad: grad && floats(grad) };
    const unit = { ...loss, labelSmoothing: 0, reduction: 'none' } as const;
    const count = loss.reduction === 'mean' ? (normalizer ?? targets.length) : 1;
    const made = new Float32Array(logits.length);
    for (let i = 0; i < logits.length; i += classes) {
      const row = logits.slice(i, i + classes);
      for (let c = 0; c < classes; c++) {
        const share = (c === targets[i / classes] ? 1 - loss.labelSmoothing : 0) + loss.labelSmoothing / classes;
        const slopes = reference(unit).valueAndGrad(row, [c], { shape: [1, classes] }).grad;
        for (let j = 0; j < classes; j++) made[i + j] += share * slopes[j] * ((c + j) % 2 === 0 ? 1 : 1 - 7e-7);
      }
      for (let j = i; j < i + classes; j++) made[j] = Math.fround((made[j] * (weights?.[i / classes] ?? 1)) / count);
    }
    return { value, grad: made };
  },
});
const floats = (numbers: ArrayLike<number>) => Array.from(numbers, (number) => Math.fround(number));

describe('where terms cancel, no digits are asked for that the truth has not', () => {
  // All slopes of a smoothed row may be next to nothing: of 8000 such rows one was 2.6e-6 of its largest slope off (seed 13).
  it('slopes of smoothed rows that each are added up of what all classes send', async () => {
    const { failures } = await conformanceReport(added, { case: 'random.sizes/rows', seed: 13 });
    expect(failures).toEqual([]);
  });

  // Near ε = −1 the posterior of a poly loss is that of a difference, and was held to 4 times the allowance: seeds 2 and 16 of 20 failed.
  it('posteriors of poly losses by a formula of its own, with 20 seeds', async () => {
    const failures: Report['failures'][number][] = [];
    for (let seed = 1; seed <= 20; seed++) {
      failures.push(...(await conformanceReport(textbook, { case: 'posterior/sigmoidPoly', seed })).failures);
    }
    expect(failures).toEqual([]);
  });
});
