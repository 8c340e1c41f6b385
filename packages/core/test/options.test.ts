import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  checkLoss,
  checkOptions,
  classBalancedWeights,
  compareScale,
  denominator,
  flag,
  knownDenominator,
  type Loss,
  layout,
  layoutOfLogits,
  reference,
  sigmoidFocal,
  softmaxFocal,
  tally,
  tallyRows,
} from '../src/index.ts';

/** What a wrong call says. */
const saying = (call: () => unknown) => {
  try {
    call();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'accepted';
};

const totals = () => ({ count: 0, positives: 0, weights: 0 });

describe('wrong calls that were accepted, or failed with a raw error', () => {
  class Accessor {
    get gamma() {
      return Number.NaN;
    }
  }
  it.each([
    ['class-balanced weights without options', () => classBalancedWeights([1, 2], undefined as never)],
    ['class-balanced weights without β', () => classBalancedWeights([1, 2], {} as never)],
    ['class-balanced weights of no array', () => classBalancedWeights('12' as never, { beta: 0.9 })],
    ['counts that are text', () => classBalancedWeights(['1', '2'] as never, { beta: 0.9 })],
    ['a comparison of nothing', () => compareScale(sigmoidFocal(), undefined as never, [1], [1])],
    ['an axis of a shape that has none', () => reference(sigmoidFocal()).value([1], [1], { shape: [], axis: 0 })],
    ['a field called __proto__', () => sigmoidFocal({ ['__proto__' as 'gamma']: 0, ...{} } as never)],
    ['an inherited γ', () => sigmoidFocal(Object.create({ gamma: Number.NaN }))],
    ['an instance with an accessor', () => sigmoidFocal(new Accessor())],
    ['an option called as something all objects have', () => sigmoidFocal({ constructor: 1 } as never)],
    ['an array', () => sigmoidFocal([] as never)],
    ['α with holes', () => softmaxFocal({ alpha: new Array(3) })],
    ['γ beyond what a logit can be multiplied by', () => sigmoidFocal({ gamma: 1e39 })],
    ['a normalizer as text', () => reference(sigmoidFocal()).value([1], [1], { normalizer: '4' as never })],
    ['text as targets', () => reference(sigmoidFocal()).value([1, 0, 1, 0], '1010' as never)],
    ['a Set as targets', () => reference(sigmoidFocal()).value([1], new Set([1]) as never)],
    ['null among targets', () => reference(sigmoidFocal()).value([1], [null as never])],
    ['a factory that was not called', () => reference(sigmoidFocal as never)],
    ['an object that is no loss', () => checkLoss('compile', {})],
    ['nothing at all', () => checkLoss('compile', undefined)],
    ['a tally of no loss', () => tally({} as never, totals(), 1, [1])],
    ['a tally into nothing', () => tally(sigmoidFocal(), undefined as never, 1, [1])],
    [
      'a tally of nothing',
      () => tally(sigmoidFocal(), totals(), undefined as never, undefined as never, null as never),
    ],
    ['a tally of rows into a number', () => tallyRows(softmaxFocal(), 3 as never, 1, [0, 1], undefined, 2)],
    ['a denominator of no loss', () => denominator(undefined as never, totals())],
    ['a denominator of no totals', () => denominator(sigmoidFocal(), { count: 1 } as never)],
    ['a denominator that is known of no loss', () => knownDenominator({ reduction: 'mean' } as never, 3, false)],
    ['a layout of no loss', () => layout(undefined as never, [1], [1])],
    ['a layout of no logits', () => layout(sigmoidFocal(), undefined as never, [1])],
    ['a layout of logits alone, of no loss', () => layoutOfLogits(undefined as never, [1], {})],
  ])('%s', (_, call) => {
    expect(saying(call)).toMatchSnapshot();
  });

  it('a getter is read once: what was checked is what is used', () => {
    let reads = 0;
    const options = {
      get gamma() {
        return reads++ === 0 ? 2 : Number.NaN;
      },
    };
    expect(sigmoidFocal(options).params).toEqual({ gamma: 2 });
  });

  it('checkOptions names what has to be there and is not', () => {
    const checks = { fused: { ...flag, required: true }, plain: flag };
    expect(saying(() => checkOptions('f', { plain: 1 }, checks))).toBe(
      'FocalLossError: f: plain got 1, takes true or false; fused got undefined, takes true or false',
    );
    expect({ ...checkOptions('f', { fused: false }, checks) }).toEqual({ fused: false });
  });

  it('checkOptions gives back a copy and names every problem at once', () => {
    expect({ ...checkOptions('f', { fused: true, more: undefined }, { fused: flag }) }).toEqual({ fused: true });
    expect(saying(() => checkOptions('f', { fused: 1, engin: 2 }, { fused: flag }))).toBe(
      'FocalLossError: f: fused got 1, takes true or false; engin got 2, takes nothing: the options are fused',
    );
  });
});

describe("the type of a loss's reduction", () => {
  it('is what the options say, not what is expected', () => {
    expectTypeOf(sigmoidFocal()).toEqualTypeOf<Loss<'mean'>>();
    expectTypeOf(sigmoidFocal({ reduction: 'none' })).toEqualTypeOf<Loss<'none'>>();
    // @ts-expect-error a mean is no array of losses
    const none: Loss<'none'> = sigmoidFocal();
    expect(none.reduction).toBe('mean');
  });
});
