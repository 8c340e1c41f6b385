/** What the playground trains, without a page: points, model, precision, and the claim that its text makes. */
import { sigmoidCrossEntropy, sigmoidFocal } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import typedArray from '../site/playground/adapters/typed-array.ts';
import { contour } from '../site/playground/training/contour.ts';
import { distance, draw } from '../site/playground/training/dataset.ts';
import { sharesByDifficulty } from '../site/playground/training/difficulty.ts';
import { backward, create, forward, size } from '../site/playground/training/perceptron.ts';
import { averagePrecision } from '../site/playground/training/precision.ts';
import { type Losses, raceHere } from '../site/playground/training/race.ts';
import { type Setup, start } from '../site/playground/training/setup.ts';

const each = { reduction: 'mean', normalizer: 'positives' } as const;
const losses: Losses = [sigmoidCrossEntropy(each), sigmoidFocal({ gamma: 2, ...each })];

describe('points', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(draw(5, 20, 1)).toEqual(draw(5, 20, 1));
    expect(draw(5, 20, 2).at).not.toEqual(draw(5, 20, 1).at);
  });

  it('lie in the square, objects along their bows and no background on them', () => {
    const { at, labels } = draw(200, 2000, 3);
    const far = (i: number) => distance(at[2 * i], at[2 * i + 1]);
    expect(Math.max(...at.map(Math.abs))).toBeLessThanOrEqual(1);
    labels.forEach((label, i) => {
      if (label === 0) expect(far(i)).toBeGreaterThan(0.0999);
      else expect(far(i)).toBeLessThan(0.3);
    });
  });

  it.each([1, 10, 100, 300])('are one object to %i of the background', (imbalance) => {
    const { points } = start({ imbalance, prior: 0.5, seed: 1 });
    const { length } = points.labels;
    expect(points.labels.reduce((sum, label) => sum + label)).toBe(points.positives);
    expect((length - points.positives) / points.positives / imbalance).toBeCloseTo(1, 1);
  });
});

describe('the model', () => {
  it('has the slopes that differences of a sum of its logits have', () => {
    const { at } = draw(3, 4, 1);
    const factors = Float32Array.of(1, -0.5, 2, 0.25, 0, 1, -3);
    const weights = create(7, -1);
    const slopes = new Float64Array(size);
    backward(weights, at, factors, slopes);
    const logits = new Float32Array(factors.length);
    const sum = (changed: Float32Array) => {
      forward(changed, at, logits);
      return factors.reduce((total, factor, i) => total + factor * logits[i], 0);
    };
    const step = 2 ** -7;
    for (let i = 0; i < size; i++) {
      const at = (by: number) => sum(weights.map((weight, j) => (i === j ? weight + by : weight)));
      expect((at(step) - at(-step)) / (2 * step)).toBeCloseTo(slopes[i], 2);
    }
  });
});

describe('average precision', () => {
  it('is what a reader gets by hand', () => {
    // Found at ranks 1 and 3: (1/1 + 2/3) / 2.
    expect(averagePrecision([4, 3, 2, 1], [1, 0, 1, 0])).toBeCloseTo((1 + 2 / 3) / 2, 12);
    expect(averagePrecision([1, 2, 3, 4], [0, 0, 1, 1])).toBe(1);
  });

  it('finds equal scores together, so that no order of theirs is better', () => {
    expect(averagePrecision([0, 0, 0, 0], [1, 0, 0, 0])).toBe(0.25);
    expect(averagePrecision([0, 0, 0, 0], [0, 0, 0, 1])).toBe(0.25);
  });

  it('counts a background that stands for many as so many', () => {
    expect(averagePrecision([2, 1], [0, 1], 9)).toBeCloseTo(0.1, 12);
    expect(averagePrecision([3, 2, 2, 2, 1], [1, 0, 0, 0, 1])).toBeCloseTo(
      averagePrecision([3, 2, 1], [1, 0, 1], 3),
      12,
    );
  });

  it('is no number without an object', () => {
    expect(averagePrecision([1, 2], [0, 0])).toBeNaN();
  });
});

describe('the share of the gradient by difficulty', () => {
  it('puts slopes where p_t is, easy ones last', () => {
    const logit = (p: number) => Math.log(p / (1 - p));
    const shares = sharesByDifficulty([logit(0.95), logit(0.05), logit(0.25)], [1, 0, 1], [-1, 1, 2]);
    expect(shares[9]).toBeCloseTo(0.5, 12);
    expect(shares[2]).toBeCloseTo(0.5, 12);
  });

  it('is nothing anywhere where there is no gradient, and knows logits beyond all', () => {
    expect(sharesByDifficulty([0, 0], [0, 1], [0, 0])).toEqual(new Array(10).fill(0));
    expect(sharesByDifficulty([1e9, -1e9], [1, 1], [0, 1])[0]).toBe(1);
  });
});

describe('the contour', () => {
  it('is where the field is zero', () => {
    // x − 1.5 on a grid of 4 × 3: a vertical line at 1.5.
    const lines = contour(
      Array.from({ length: 12 }, (_, i) => (i % 4) - 1.5),
      4,
    );
    expect(lines.filter((_, i) => i % 2 === 0)).toEqual([1.5, 1.5, 1.5, 1.5]);
    expect(lines.filter((_, i) => i % 2 === 1)).toEqual([0, 1, 1, 2]);
  });

  it('is nowhere where nothing changes its sign', () => {
    expect(contour(new Float32Array(16).fill(1), 4)).toEqual([]);
  });

  it('parts both corners of a saddle', () => {
    expect(contour([1, -1, -1, 1], 2)).toHaveLength(8);
  });
});

describe('two detectors in step', async () => {
  const { backend } = await typedArray();

  async function precisions(setup: Setup, steps: number): Promise<number[]> {
    const begin = start(setup);
    const race = raceHere(backend, losses, begin);
    for (let taken = 0; taken < steps; ) taken += await race.step(steps - taken);
    const scores = new Float32Array(begin.heldOut.labels.length);
    return (await race.look()).map(({ weights }) => {
      forward(weights, begin.heldOut.at, scores);
      return averagePrecision(scores, begin.heldOut.labels, begin.weight);
    });
  }

  it('learn the same on every run', async () => {
    const setup: Setup = { imbalance: 10, prior: 0.01, seed: 1 };
    const first = await precisions(setup, 40);
    expect(await precisions(setup, 40)).toEqual(first);
    const untrained = await precisions(setup, 0);
    for (const i of [0, 1]) expect(first[i]).toBeGreaterThan(2 * untrained[i]);
  });

  // The text beside the plots says so. Seeds are the first two, not chosen ones.
  it('without a prior bias, at 1 : 100, cross-entropy falls behind; with one of 0.01 it does not need help', async () => {
    for (const seed of [1, 2]) {
      const [plain, focal] = await precisions({ imbalance: 100, prior: 0.5, seed }, 600);
      expect(focal).toBeGreaterThan(plain);
      if (seed > 1) continue;
      const [biased] = await precisions({ imbalance: 100, prior: 0.01, seed }, 600);
      expect(biased).toBeGreaterThan(2 * plain);
    }
  });
});
