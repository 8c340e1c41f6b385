import { jet, type Loss, numbers, type Ops } from '@focal-loss/core';

/** A number, and how large the terms are that it was added up from: what an error of it is fairly relative to. */
interface Sized {
  readonly value: number;
  readonly size: number;
  /** Whether it is a number that everybody has as it is: the difference of two of them is rounded once, and not off by their sizes. */
  readonly exact?: true;
}

/** A number that is no difference. */
const plain = (value: number): Sized => ({ value, size: Math.abs(value) });

/** A logit, a label, a constant. */
const exactly = (value: number): Sized => ({ ...plain(value), exact: true });

/** How many times as large as the number itself its terms are. */
const excess = ({ value, size }: Sized) => (size === 0 || value === 0 ? 1 : size / Math.abs(value));

/** What is not exact of an argument is no matter of a function here: arguments are inputs, and small ones keep their digits. */
const unary = (name: 'exp' | 'log' | 'log1p' | 'softplus' | 'sigmoid' | 'sign') => (a: Sized) =>
  plain(numbers[name](a.value));

const ops: Ops<Sized> = {
  tiny: numbers.tiny,
  constant: exactly,
  literal: ({ value }) => value,
  add: (a, b) => ({ value: a.value + b.value, size: a.size + b.size }),
  sub: (a, b) => (a.exact && b.exact ? plain(a.value - b.value) : { value: a.value - b.value, size: a.size + b.size }),
  mul: (a, b) => ({ value: a.value * b.value, size: a.size * b.size }),
  div: (a, b) => ({ value: a.value / b.value, size: (a.size / Math.abs(b.value)) * excess(b) }),
  neg: (a) => ({ value: -a.value, size: a.size }),
  abs: (a) => ({ value: Math.abs(a.value), size: a.size }),
  sign: unary('sign'),
  max: (a, b) => (a.value >= b.value ? a : b),
  exp: unary('exp'),
  log: unary('log'),
  log1p: unary('log1p'),
  softplus: unary('softplus'),
  sigmoid: unary('sigmoid'),
  pow(a, p) {
    const value = a.value ** p.value;
    // Below p = 1 an error of the base weighs more the smaller the base is.
    return { value, size: p.value >= 1 ? a.size ** p.value : value * excess(a) };
  },
  affine: (a, x, b) => plain(a.value * x.value + b.value),
  where: (test, a, b) => (test.value > 0 ? a : b),
  detach: (a) => a,
};

/** The sizes of the terms of a loss and of its derivatives up to an order, at one logit and target. */
export function sizesOf({ formula, params }: Loss, order: 1 | 2 = 1): (x: number, y: number) => number[] {
  const constants = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, plain(value)]));
  const at = jet(formula, ops, constants, order);
  return (x, y) => at(exactly(x), exactly(y)).map(({ size }) => size);
}

/** How many times as large as the slope of a loss at one logit and target its terms are. */
export function excessOf({ formula, params }: Loss): (x: number, y: number) => number {
  const constants = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, plain(value)]));
  const at = jet(formula, ops, constants, 1);
  return (x, y) => excess(at(exactly(x), exactly(y))[1]);
}
