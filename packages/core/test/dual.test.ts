import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivative, type Formula, formulas, numbers, valueAndDerivative } from '../src/index.ts';

const logit = fc.double({ min: -30, max: 30, noNaN: true });
const target = fc.double({ min: 0, max: 1, noNaN: true });

/** Central difference with one Richardson step: good to about 1e-9. */
function slope(f: (x: number) => number, x: number, h = 1e-3): number {
  const step = (size: number) => (f(x + size) - f(x - size)) / (2 * size);
  return (4 * step(h) - step(2 * h)) / 3;
}

const params: Record<string, Record<string, number>> = {
  crossEntropy: {},
  focal: { gamma: 1.7 },
  focalStar: { gamma: 2.5, beta: 0.5 },
  qualityFocal: { beta: 2.2 },
};

describe('dual', () => {
  it.each(formulas.family)('$key: first derivative equals the central difference', ({ key, formula }) => {
    fc.assert(
      fc.property(logit, target, (x, y) => {
        const { derivative: exact } = valueAndDerivative(formula, numbers, x, y, params[key]);
        const near = slope((at) => formula(numbers, at, y, params[key]), x);
        expect(Math.abs(exact - near)).toBeLessThan(1e-7);
      }),
    );
  });

  it.each(formulas.family)('$key: nested, it gives the second derivative', ({ key, formula }) => {
    fc.assert(
      fc.property(logit, target, (x, y) => {
        // |y − σ(x)| to a power has no smooth second derivative where the two meet.
        fc.pre(key !== 'qualityFocal' || Math.abs(y - numbers.sigmoid(x)) > 0.02);
        const second = derivative(derivative(formula))(numbers, x, y, params[key]);
        const near = slope((at) => derivative(formula)(numbers, at, y, params[key]), x);
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

  it('max takes the mean of both slopes at a tie', () => {
    const relu: Formula = (o, x) => o.max(x, o.constant(0));
    expect([-1, 0, 1].map((x) => derivative(relu)(numbers, x, 0, {}))).toEqual([0, 0.5, 1]);
  });

  it('a formula without the logit has slope 0', () => {
    expect(derivative((_, __, y) => y)(numbers, 3, 0.5, {})).toBe(0);
  });
});
