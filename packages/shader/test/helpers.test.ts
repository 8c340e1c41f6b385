import { helpers } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { float32, float64 } from './numbers.ts';

let state = 7;
const draw = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const between = (low: number, high: number) => low + (high - low) * (draw() + draw() / 2 ** 32);

/** The worst relative error at drawn arguments, where the truth is a normal number. */
function worst(
  o: helpers.Arithmetic<number>,
  { write }: helpers.Recipe,
  truth: (...args: number[]) => number,
  args: () => number[],
  [least, largest]: readonly number[] = [2 ** -126, 3.4e38],
): number {
  let most = 0;
  for (let i = 0; i < 30_000; i++) {
    const drawn = args().map((a) => o.number(a, ''));
    const want = truth(...drawn);
    if (Math.abs(want) >= least && Math.abs(want) <= largest) {
      most = Math.max(most, Math.abs(write(o, ...drawn) / want - 1) || 0);
    }
  }
  return most;
}

const softplus = (v: number) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
const unit = () => [draw() < 0.5 ? draw() : Math.exp(between(-80, 0))];
const anySize = () => Math.exp(between(-86, 86));

describe('each recipe in float32, at drawn arguments', () => {
  it.each<[keyof typeof helpers & string, number, (...args: number[]) => number, () => number[]]>([
    ['expNegative', 1e-7, (a) => Math.exp(-a), () => [between(0, 90)]],
    ['log1pUnit', 2e-7, Math.log1p, unit],
    ['exponential', 1e-7, Math.exp, () => [between(-100, 90)]],
    ['logarithm', 2e-7, Math.log, () => [anySize()]],
    ['log1p', 3e-7, Math.log1p, () => [draw() < 0.5 ? between(-0.999, 1) : anySize()]],
    ['powerOf', 5e-7, (a, p) => a ** p, () => [draw() < 0.5 ? draw() : anySize(), between(0, 6)]],
    [
      'sigmoidPow',
      5e-7,
      (v, _, __, p) => Math.exp(-p * softplus(v)),
      () => {
        const v = Math.fround(between(-100, 100));
        return [v, 0, Math.log1p(Math.exp(-Math.abs(v))), between(0, 5)];
      },
    ],
  ])('%s within %d', (name, allowed, truth, args) => {
    const recipe = helpers.recipes.find((one) => one.name === name) as helpers.Recipe;
    expect(worst(float32, recipe, truth, args)).toBeLessThan(allowed);
  });
});

it('with the term of the logarithm that GPUs leave out, log1pUnit is within 1.5e-7', () => {
  const exact: helpers.Arithmetic<number> = { ...float32, format: helpers.float32 };
  expect(worst(exact, helpers.log1pUnit, Math.log1p, unit)).toBeLessThan(1.5e-7);
});

it('powers of 0, and the ends', () => {
  expect(helpers.powerOf.write(float32, 0, 0)).toBe(1);
  expect(helpers.powerOf.write(float32, 0, 2)).toBe(0);
  expect(helpers.expNegative.write(float32, 87.336)).toBeGreaterThan(2 ** -126);
  expect(helpers.expNegative.write(float32, 1e30)).toBe(0);
  expect(helpers.sigmoidPow.write(float32, 1e30, 0, 0, 5)).toBe(0);
  expect(helpers.expNegative.write(float32, 0)).toBe(1);
});

it('of an affine all is carried that half an ulp of 500, 1.5e-5, would take, but 1e-8', () => {
  for (let i = 0; i < 1000; i++) {
    const [a, x, b] = [between(0.1, 5), between(-100, 100), between(-50, 50)].map(Math.fround);
    const u = Math.fround(Math.fround(a * x) + b);
    const lost = helpers.affineLow.write(float32, a, x, 0, b, u);
    expect(Math.abs(u + lost - (a * x + b))).toBeLessThan(1e-8);
  }
});

it('the same recipes in float64, with tables', () => {
  const range = [2 ** -1022, 1.7e308];
  const { expNegative, log1pUnit } = helpers;
  expect(
    worst(
      float64,
      expNegative,
      (a) => Math.exp(-a),
      () => [between(0, 708)],
      range,
    ),
  ).toBeLessThan(4e-16);
  expect(worst(float64, log1pUnit, Math.log1p, () => [draw()], range)).toBeLessThan(4e-16);
  // Products of 8 significant bits: the truth is exact.
  const args = () => [Math.round(between(30, 120)), 0, 0, Math.round(between(1, 40)) / 8];
  expect(worst(float64, helpers.sigmoidPow, (v, _, __, p) => Math.exp(-p * v), args, range)).toBeLessThan(4e-16);
});
