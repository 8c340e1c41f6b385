import { asymmetric, reference, sigmoidCrossEntropy, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { objective } from '../src/objective.ts';

const margins = Float64Array.from({ length: 101 }, (_, i) => (i - 50) / 5);
const labels = Uint8Array.from(margins, (_, i) => (i % 3 === 0 ? 1 : 0));

describe('objective: what boosting libraries take', () => {
  it('exact: the derivatives of each row, whatever the reduction, with α and weights', () => {
    const loss = sigmoidFocal({ gamma: 1.5, alpha: 0.25, reduction: 'mean', normalizer: 'positives' });
    const weights = Float32Array.from(margins, (_, i) => (i % 5) / 2);
    const { grad, hess } = objective(loss, { hessian: 'exact' })(margins, labels, weights);
    const truth = reference(sigmoidFocal({ gamma: 1.5, alpha: 0.25, reduction: 'sum' })).valueGradHess(
      margins,
      labels,
      { weights },
    );
    truth.grad.forEach((want, i) => {
      expect(Math.abs(grad[i] - want)).toBeLessThanOrEqual(1e-13 * Math.abs(want));
      expect(Math.abs(hess[i] - truth.hess[i])).toBeLessThanOrEqual(1e-13 * (Math.abs(truth.hess[i]) + Math.abs(want)));
    });
    expect(Math.min(...hess)).toBeLessThan(0);
  });

  it('positive: no curvature below what a tree can use, and cross-entropy unchanged', () => {
    const focal = objective(sigmoidFocal({ gamma: 2 }))(margins, labels);
    expect(Math.min(...focal.hess)).toBeGreaterThan(0);
    const ce = sigmoidCrossEntropy();
    expect(objective(ce)(margins, labels)).toEqual(objective(ce, { hessian: 'exact' })(margins, labels));
  });

  it.each([
    sigmoidCrossEntropy(),
    sigmoidFocal({ gamma: 2 }),
    sigmoidFocal({ gamma: 3, alpha: 0.25 }),
    asymmetric({ margin: 0.01 }),
  ])('$name: at the initial score the gradients of all labels add up to nothing', (loss) => {
    const fit = objective(loss);
    const start = fit.initialScore(labels) as number;
    const { grad } = fit(
      margins.map(() => start),
      labels,
    );
    const sum = grad.reduce((a, b) => a + b, 0);
    expect(Math.abs(sum)).toBeLessThan(1e-10);
  });

  it('the score of cross-entropy is log(n⁺/n⁻); that of focal loss is not (prior .3: p = .4215 at γ = 2)', () => {
    const drawn = Uint8Array.from({ length: 10 }, (_, i) => (i < 3 ? 1 : 0));
    expect(objective(sigmoidCrossEntropy()).initialScore(drawn)).toBeCloseTo(Math.log(3 / 7), 12);
    const score = objective(sigmoidFocal()).initialScore(drawn) as number;
    expect(1 / (1 + Math.exp(-score))).toBeCloseTo(0.4215, 4);
  });

  it('softmax: rows or columns of classes, and scores whose gradients add up to nothing for each class', () => {
    const loss = softmaxFocal({ gamma: 2, alpha: [1, 0.5, 2] });
    const classes = Uint8Array.of(0, 1, 2, 2, 2, 0, 2);
    const rows = Float64Array.from({ length: 21 }, (_, i) => Math.sin(i) * 3);
    const columns = rows.map((_, i) => rows[(i % 7) * 3 + Math.floor(i / 7)]);
    const byRow = objective(loss)(rows, classes);
    const byColumn = objective(loss, { axis: 0 })(columns, classes);
    expect(Array.from(byColumn.grad)).toEqual(Array.from(rows, (_, i) => byRow.grad[(i % 7) * 3 + Math.floor(i / 7)]));
    const start = objective(loss).initialScore(classes) as Float64Array;
    const { grad } = objective(loss)(
      Float64Array.from(rows, (_, i) => start[i % 3]),
      classes,
    );
    for (const c of [0, 1, 2]) {
      expect(Math.abs(grad.reduce((sum, g, i) => (i % 3 === c ? sum + g : sum), 0))).toBeLessThan(1e-10);
    }
  });

  it('says what does not fit', () => {
    const fit = objective(sigmoidFocal());
    expect(() => fit.initialScore([1, 1])).toThrow('positives and negatives');
    expect(() => fit.initialScore([1, 3])).toThrow('labels[1] got 3');
    expect(() => fit([1, 2], [1])).toThrow('targets');
    expect(() => objective(sigmoidFocal(), { hessian: 'abs' as never })).toThrow('hessian got "abs"');
    expect(() => objective(sigmoidFocal as never)).toThrow('loss got a function');
    expect(() => objective(softmaxFocal()).initialScore([0, 2])).toThrow('each of 3 classes');
  });

  it.each([
    ['margins', [undefined, labels]],
    ['margins', ['12', labels]],
    ['margins', [new Set([1]), [1]]],
    ['margins', [['a'], [1]]],
    ['labels', [margins, null]],
    ['weights', [margins, labels, 1]],
  ])('%s that are no array of numbers ended in a TypeError, or were taken for NaN', (field, args) => {
    const run = objective(sigmoidFocal()) as (...args: unknown[]) => unknown;
    expect(() => run(...args)).toThrow(new RegExp(`^objective: ${field}`));
  });

  it('an initial score of no labels', () => {
    expect(() => objective(sigmoidFocal()).initialScore(undefined as never)).toThrow(
      /^initialScore: labels got undefined/,
    );
  });
});
