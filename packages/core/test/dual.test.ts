import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivative, type Formula, formulas, numbers, valueAndDerivative } from '../src/index.ts';
import { isHeld, settingOf } from './settings.ts';

const logit = fc.double({ min: -30, max: 30, noNaN: true });
const target = fc.double({ min: 0, max: 1, noNaN: true });

/** Central difference with one Richardson step: good to about 1e-9. */
function slope(f: (x: number) => number, x: number, h = 1e-3): number {
  const step = (size: number) => (f(x + size) - f(x - size)) / (2 * size);
  return (4 * step(h) - step(2 * h)) / 3;
}

const smooth = formulas.family.filter((member) => !isHeld(member));

describe('dual', () => {
  it.each(smooth)('$key: first derivative equals the central difference', (member) => {
    const { key, formula } = member;
    const params = settingOf(member);
    fc.assert(
      fc.property(logit, target, (x, y) => {
        fc.pre(key !== 'asymmetric' || Math.abs(numbers.sigmoid(x) - params.margin) > 1e-3);
        const { derivative: exact } = valueAndDerivative(formula, numbers, x, y, params);
        const near = slope((at) => formula(numbers, at, y, params), x);
        expect(Math.abs(exact - near)).toBeLessThan(1e-7);
      }),
    );
  });

  it.each(smooth)('$key: nested, it gives the second derivative', (member) => {
    const { key, formula } = member;
    const params = settingOf(member);
    fc.assert(
      fc.property(logit, target, (x, y) => {
        // |y − σ(x)| to a power has no smooth second derivative where the two meet.
        fc.pre(key !== 'asymmetric' || Math.abs(numbers.sigmoid(x) - params.margin) > 1e-3);
        fc.pre(key !== 'qualityFocal' || Math.abs(y - numbers.sigmoid(x)) > 0.02);
        const second = derivative(derivative(formula))(numbers, x, y, params);
        const near = slope((at) => derivative(formula)(numbers, at, y, params), x);
        expect(Math.abs(second - near)).toBeLessThan(1e-5);
      }),
    );
  });

  it.each([
    ['sub', (o, x, y) => o.sub(y, o.mul(x, x))],
    ['div', (o, x, y) => o.div(o.add(x, y), o.add(o.constant(2), o.mul(x, x)))],
    ['max', (o, x, y) => o.max(o.mul(x, x), o.add(x, y))],
    ['exp', (o, x) => o.exp(o.div(x, o.constant(10)))],
    ['log1p', (o, x) => o.log1p(o.mul(x, x))],
    ['abs', (o, x, y) => o.abs(o.sub(x, y))],
    ['affine', (o, x, y) => o.affine(x, x, o.mul(x, y))],
  ] as [string, Formula][])('%s: rule equals the central difference', (_, formula) => {
    for (const x of [-7.3, -1.1, 0.4, 2.9, 12.5]) {
      const exact = valueAndDerivative(formula, numbers, x, 0.3, {}).derivative;
      expect(Math.abs(exact / slope((at) => formula(numbers, at, 0.3, {}), x) - 1)).toBeLessThan(1e-7);
    }
  });

  it('the power of 0 has no infinite slope below exponent 1 (kornia #918: NaN gradient of easy examples)', () => {
    for (const gamma of [0, 0.1, 0.5, 0.9, 1, 1.5, 2]) {
      const { value, derivative: slope } = valueAndDerivative(formulas.focal.formula, numbers, 800, 1, { gamma });
      expect([value, slope].map(Math.abs)).toEqual([0, 0]);
    }
  });

  it.each([
    ['σ(u)', (o, x) => o.sigmoid(o.mul(x, x))],
    ['a multiple of σ', (o, x, y) => o.mul(y, o.neg(o.neg(o.sigmoid(o.sub(y, x)))))],
    ['|σ|, and nothing added or taken', (o, x) => o.abs(o.sub(o.add(o.constant(0), o.sigmoid(x)), o.constant(0)))],
    ['σσ, whose rate is not kept', (o, x) => o.mul(o.sigmoid(x), o.sigmoid(o.neg(x)))],
  ] as [string, Formula][])('%s to a power: rule equals the central difference', (_, base) => {
    const power: Formula = (o, x, y, { p }) => o.pow(base(o, x, y, {}), p);
    for (const p of [0.3, 1, 1.7, 2, 3]) {
      for (const x of [-2.3, -1.1, 0.4, 2.9]) {
        const exact = valueAndDerivative(power, numbers, x, 0.3, { p }).derivative;
        expect(exact).toBeCloseTo(
          slope((at) => power(numbers, at, 0.3, { p }), x),
          8,
        );
      }
    }
  });

  it('a power of σ keeps its slope where σ itself is 0', () => {
    const power: Formula = (o, x, _, { p }) => o.pow(o.sigmoid(x), p);
    expect(valueAndDerivative(power, numbers, -1000, 0, { p: 0.1 })).toEqual({ value: 0, derivative: 0 });
    // e^−100 of a σ of e^−1000, if the backend has a better power than this algebra of numbers.
    const exact = { ...numbers, pow: (a: number, p: number) => (a === 0 ? Math.exp(-1000 * p) : a ** p) };
    expect(valueAndDerivative(power, exact, -1000, 0, { p: 0.1 }).derivative / (0.1 * Math.exp(-100))).toBeCloseTo(
      1,
      12,
    );
  });

  it('max takes the mean of both slopes at a tie', () => {
    const relu: Formula = (o, x) => o.max(x, o.constant(0));
    expect([-1, 0, 1].map((x) => derivative(relu)(numbers, x, 0, {}))).toEqual([0, 0.5, 1]);
  });

  it('a formula without the logit has slope 0', () => {
    expect(derivative((_, __, y) => y)(numbers, 3, 0.5, {})).toBe(0);
  });

  it('what is held fixed has no slope: matchability-aware negatives have α·σ(x)^(γ+1), IoU-aware positives σ(x) − t', () => {
    for (const x of [-30, -2.3, 0.4, 5, 40]) {
      const p = numbers.sigmoid(x);
      const mal = { gamma: 1.7, alpha: 0.3 };
      const negative = valueAndDerivative(formulas.matchabilityAware.formula, numbers, x, 0, mal);
      expect(negative.derivative / (0.3 * p ** 2.7)).toBeCloseTo(1, 12);
      const iou = { alpha: 0.3, gamma: 2, floor: 0.02, positiveWeight: 1.5 };
      const positive = valueAndDerivative(formulas.iouAwareCrossEntropy.formula, numbers, x, 0.6, iou);
      expect(positive.derivative).toBeCloseTo(1.5 * (p - Math.max(p ** 0.3 * 0.6 ** 0.7, 0.02)), 12);
    }
  });
});
