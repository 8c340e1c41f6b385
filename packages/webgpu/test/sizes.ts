import { jet, type Loss, numbers, type Ops } from '@focal-loss/core';

/**
 * A number, and the sum of the sizes of the terms it is a sum of: what the error of an arithmetic is relative to. A
 * difference keeps the size of what cancelled.
 */
interface Sized {
  readonly value: number;
  readonly size: number;
}

const of = (value: number, size = Math.abs(value)): Sized => ({ value, size: Math.max(size, Math.abs(value)) });
/** What a value has of size beyond its own: the absolute error of an argument becomes one of a function's. */
const lost = ({ value, size }: Sized): number => size - Math.abs(value);
const known = (op: (a: number) => number, slope: (a: number) => number) => (a: Sized) =>
  of(op(a.value), Math.abs(op(a.value)) + Math.abs(slope(a.value)) * lost(a));

const ops: Ops<Sized> = {
  tiny: numbers.tiny,
  constant: (value) => of(value),
  literal: () => undefined,
  add: (a, b) => of(a.value + b.value, a.size + b.size),
  sub: (a, b) => of(a.value - b.value, a.size + b.size),
  mul: (a, b) => of(a.value * b.value, a.size * b.size),
  div: (a, b) => of(a.value / b.value, (a.size * b.size) / b.value ** 2),
  neg: (a) => of(-a.value, a.size),
  abs: (a) => of(Math.abs(a.value), a.size),
  sign: (a) => of(Math.sign(a.value)),
  max: (a, b) => (a.value > b.value ? a : b),
  exp: known(Math.exp, Math.exp),
  log: known(Math.log, (a) => 1 / a),
  log1p: known(Math.log1p, (a) => 1 / (1 + a)),
  softplus: known(numbers.softplus, numbers.sigmoid),
  sigmoid: known(numbers.sigmoid, (a) => numbers.sigmoid(a) * numbers.sigmoid(-a)),
  pow: (a, p) =>
    of(
      a.value ** p.value,
      a.value === 0 ? a.size ** p.value : a.value ** p.value * Math.max(1, (p.value * a.size) / a.value),
    ),
  // Carried.
  affine: (a, x, b) => of(a.value * x.value + b.value),
  where: (test, a, b) => (test.value > 0 ? a : b),
  detach: (a) => a,
};

/** [f, f′, f″] of a loss, each with the size of its terms. */
export function sizesOf({ formula, params }: Loss): (x: number, y: number) => readonly Sized[] {
  const at = jet(formula, ops, Object.fromEntries(Object.entries(params).map(([key, value]) => [key, of(value)])), 2);
  return (x, y) => at(of(x), of(y));
}
