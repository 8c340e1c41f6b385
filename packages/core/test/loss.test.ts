import { describe, expect, it } from 'vitest';
import {
  classBalancedWeights,
  defineLoss,
  FocalLossError,
  formulas,
  priorBias,
  reference,
  sigmoidFocal,
  softmaxFocal,
  softmaxPriorBias,
} from '../src/index.ts';

describe('factories', () => {
  it('fill in the defaults and freeze the result', () => {
    const loss = sigmoidFocal();
    expect(loss).toMatchObject({ name: 'sigmoidFocal', link: 'sigmoid', params: { gamma: 2 }, reduction: 'mean' });
    expect(loss.alpha).toBeUndefined();
    expect(Object.isFrozen(loss) && Object.isFrozen(loss.params)).toBe(true);
  });

  it('keep a copy of per-class weights', () => {
    const alpha = [1, 2];
    const loss = softmaxFocal({ alpha });
    alpha[0] = 100;
    expect(loss.alpha).toEqual([1, 2]);
  });

  it('name every bad field at once, what it got and what it takes', () => {
    const make = () => sigmoidFocal({ gamma: -1, alpha: 2, alhpa: 0.25 } as never);
    expect(make).toThrow(FocalLossError);
    expect(make).toThrowErrorMatchingInlineSnapshot(
      `[FocalLossError: sigmoidFocal: gamma got -1, takes a finite number ≥ 0; alpha got 2, takes a number in [0, 1], or one for each class; alhpa got 0.25, takes nothing: the options are gamma, alpha, reduction, normalizer, ignoreIndex, labelSmoothing]`,
    );
  });

  it('refuse a positional argument (segmentation_models #258: γ and α swapped)', () => {
    expect(() => sigmoidFocal(2 as never)).toThrowErrorMatchingInlineSnapshot(
      `[FocalLossError: sigmoidFocal: options got 2, takes an object]`,
    );
  });

  it('refuse a scalar α at a softmax, and say why', () => {
    expect(() => softmaxFocal({ alpha: 0.25 } as never)).toThrowErrorMatchingInlineSnapshot(
      `[FocalLossError: softmaxFocal: alpha got 0.25, takes an array with a finite weight ≥ 0 for each class (a single number would only rescale the loss)]`,
    );
  });
});

describe('defineLoss', () => {
  it('makes a loss of a formula, its gradient derived', () => {
    const poly1 = defineLoss({
      name: 'poly1',
      params: { epsilon: 1 },
      formula: (o, x, y, { epsilon }) => {
        const miss = o.add(o.mul(y, o.sigmoid(o.neg(x))), o.mul(o.sub(o.constant(1), y), o.sigmoid(x)));
        return o.add(formulas.crossEntropy.formula(o, x, y, {}), o.mul(epsilon, miss));
      },
    });
    const { value, grad } = reference(poly1).valueAndGrad([0], [1]);
    expect(value).toBeCloseTo(Math.LN2 + 0.5, 15);
    expect(grad[0]).toBeCloseTo(-0.5 - 0.25, 15);
  });

  it('names what is missing', () => {
    expect(() =>
      defineLoss({ name: '', formula: 1, params: { k: Number.NaN } } as never),
    ).toThrowErrorMatchingInlineSnapshot(
      `[FocalLossError: defineLoss: name got "", takes a name; formula got 1, takes a function (o, x, y, params) => loss; params.k got NaN, takes a finite number]`,
    );
  });
});

describe('a formula of one’s own is tried out when it is defined (a number in it failed deep inside of each backend)', () => {
  it.each<[string, unknown, RegExp]>([
    ['returns a number', () => 1, /formula got 1, takes a value: x, y/],
    ['returns nothing', () => {}, /formula got undefined/],
    [
      'multiplies by a number',
      (o: never, x: never) => (o as { mul(...of: unknown[]): unknown }).mul(2, x),
      /formula got 2, takes values in o.mul/,
    ],
    ['adds with +', (_: never, x: string) => `${x}1`, /formula got ".*", takes a value/],
    ['is asynchronous', async (_: never, x: never) => x, /formula got an object of type Promise/],
  ])('%s', (_, formula, says) => {
    for (const link of ['sigmoid', 'softmax'] as const) {
      expect(() => defineLoss({ name: 'mine', link, formula: formula as never })).toThrow(says);
    }
  });
});

describe('priors', () => {
  it('priorBias is that of the paper for π = 0.01', () => {
    expect(priorBias(0.01)).toBeCloseTo(-4.59511985013459, 14);
    expect(softmaxPriorBias(0.01, 80)).toBeCloseTo(8.977146484808472, 14);
    expect(() => priorBias(0)).toThrow(/pi got 0, takes a probability/);
    expect(() => softmaxPriorBias(1, 1.5)).toThrow(/pi got 1.*classes got 1.5/);
  });

  it('classBalancedWeights sum to the number of classes and favour the rare', () => {
    const weights = classBalancedWeights([10, 1000, 100], { beta: 0.999 });
    expect(weights.reduce((sum, weight) => sum + weight)).toBeCloseTo(3, 14);
    expect(weights[0]).toBeGreaterThan(weights[2]);
    expect(weights[2]).toBeGreaterThan(weights[1]);
    expect(classBalancedWeights([5, 50], { beta: 0 })).toEqual([1, 1]);
    expect(() => classBalancedWeights([5, 0], { beta: 0.9 })).toThrow(/counts\[1\] got 0/);
  });

  it('classBalancedWeights keep their digits for β near 1', () => {
    const [one, two] = classBalancedWeights([1, 2], { beta: 1 - 1e-12 });
    expect(one / two).toBeCloseTo(2, 11);
  });
});
