import { describe, expect, it } from 'vitest';
import { random } from '../oracle/random.ts';
import {
  calibrationError,
  compareScale,
  fitTemperature,
  posterior,
  sigmoidCrossEntropy,
  sigmoidFocal,
  softmaxCrossEntropy,
  softmaxFocal,
} from '../src/index.ts';

/** Labels drawn from a known model: from the posterior of a loss at logits, which are then made `times` as large. */
function drawn(link: 'sigmoid' | 'softmax', times: number) {
  const next = random(7);
  const classes = link === 'sigmoid' ? 1 : 4;
  const rows = link === 'sigmoid' ? 4000 : 3000;
  const logits = Array.from({ length: rows * classes }, () => (next() - 0.5) * 6);
  const loss = link === 'sigmoid' ? sigmoidFocal({ gamma: 2 }) : softmaxFocal({ gamma: 2 });
  const shape = link === 'softmax' ? [rows, classes] : undefined;
  const eta = posterior(loss)(logits, { shape });
  const targets = Array.from({ length: rows }, (_, i) => {
    if (link === 'sigmoid') return next() < eta[i] ? 1 : 0;
    let [u, c] = [next(), 0];
    while (c < classes - 1 && u >= eta[i * classes + c]) u -= eta[i * classes + c++];
    return c;
  });
  return { loss, logits: logits.map((x) => x * times), targets, shape };
}

describe('fitTemperature: logits are divided first, then the posterior is taken', () => {
  it.each([
    ['sigmoid', 1],
    ['sigmoid', 2.5],
    ['softmax', 0.4],
    ['softmax', 1.7],
  ] as const)('%s: finds the %d that a known model’s logits were multiplied by', (link, times) => {
    const { loss, logits, targets, shape } = drawn(link, times);
    const t = fitTemperature(loss, logits, targets, { shape });
    expect(t / times).toBeGreaterThan(0.93);
    expect(t / times).toBeLessThan(1.07);
    const eta = posterior(loss)(
      logits.map((x) => x / t),
      { shape },
    );
    expect(calibrationError(eta, targets, { shape }).ece).toBeLessThan(0.025);
    // The other order, or no posterior, leaves the focal model's own mistake.
    const raw = posterior(link === 'sigmoid' ? sigmoidCrossEntropy() : softmaxCrossEntropy())(
      logits.map((x) => x / times),
      { shape },
    );
    expect(calibrationError(raw, targets, { shape }).ece).toBeGreaterThan(0.05);
  });

  it('says what does not fit', () => {
    expect(() => fitTemperature(sigmoidFocal(), [1, 2], [1])).toThrow('targets got [1], takes 2 numbers');
    expect(() => fitTemperature(sigmoidFocal(), [1], [-1], { ignoreIndex: -1 })).toThrow('not ignored');
    expect(() => fitTemperature(sigmoidFocal(), [1], [2])).toThrow('targets[0] got 2');
  });
});

describe('calibrationError', () => {
  it('is 0 for what comes out as it was said, and the gap for what does not', () => {
    const sure = calibrationError([0, 0, 1, 1], [0, 0, 1, 1]);
    expect(sure).toMatchObject({ ece: 0, mce: 0, brier: 0 });
    const wrong = calibrationError([0.9, 0.9, 0.9, 0.9], [1, 0, 0, 1]);
    expect(wrong.ece).toBeCloseTo(0.4, 12);
    expect(wrong.brier).toBeCloseTo((2 * 0.01 + 2 * 0.81) / 4, 12);
    expect(wrong.bins.map(({ count }) => count)).toEqual([...Array(13).fill(0), 4, 0]);
  });

  it('of rows bins the most probable class, along any axis, without ignored ones', () => {
    const rows = [0.7, 0.2, 0.1, 0.1, 0.3, 0.6];
    const a = calibrationError(rows, [0, 1], { shape: [2, 3] });
    const b = calibrationError([0.7, 0.1, 0.2, 0.3, 0.1, 0.6], [0, 1], { shape: [3, 2], axis: 0 });
    expect(b).toEqual(a);
    expect(a.ece).toBeCloseTo((0.3 + 0.6) / 2, 12);
    expect(a.brier).toBeCloseTo((0.09 + 0.04 + 0.01 + 0.01 + 0.49 + 0.36) / 2, 12);
    expect(calibrationError(rows, [0, -1], { shape: [2, 3], ignoreIndex: -1 }).ece).toBeCloseTo(0.3, 12);
    expect(calibrationError([], [])).toMatchObject({ ece: 0, brier: 0 });
    expect(() => calibrationError([1.5], [1])).toThrow('probabilities[0] got 1.5');
  });
});

describe('compareScale: what replaces cross-entropy has another scale', () => {
  const next = random(3);
  const logits = Array.from({ length: 4000 }, () => (next() - 0.8) * 10);
  const targets = logits.map((x) => (next() < 1 / (1 + Math.exp(-x)) / 8 ? 1 : 0));

  it('the weight makes the gradients alike, and so does the normalizer', () => {
    const [from, to] = [sigmoidCrossEntropy(), sigmoidFocal({ alpha: 0.25 })];
    const scale = compareScale(from, to, logits, targets);
    expect(scale.weight).not.toBeCloseTo(1, 1);
    const again = compareScale(from, to, logits, targets, { normalizer: scale.normalizer });
    const plain = compareScale(from, from, logits, targets);
    expect(again.to.gradNorm / plain.to.gradNorm).toBeCloseTo(1, 10);
    expect(scale.to.easyNegatives.value).toBeLessThan(0.1 * scale.from.easyNegatives.value);
    expect(scale.from.atPrior).toBeLessThan(scale.from.value + 1);
    expect(scale.easy).toBe(targets.filter((y, i) => y === 0 && logits[i] <= -Math.log(9)).length);
  });

  it('takes rows, and says what does not fit', () => {
    const shape = [2000, 2];
    const classes = targets.slice(0, 2000);
    const scale = compareScale(softmaxCrossEntropy(), softmaxFocal({ background: 0 }), logits, classes, { shape });
    expect(scale.weight).toBeGreaterThan(0);
    expect(scale.priorBias).toBeNaN();
    expect(() => compareScale(sigmoidFocal(), sigmoidFocal(), [1], [1, 0])).toThrow('targets');
    expect(() => compareScale(sigmoidFocal(), sigmoidFocal(), [1], [1], { easy: 1 })).toThrow('easy got 1');
  });
});
