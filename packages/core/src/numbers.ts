import type { Ops } from './ops.ts';

/** The algebra on float64 numbers. */
export const numbers: Ops<number> = {
  tiny: 2 ** -1022,
  constant: (value) => value,
  literal: (a) => a,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
  abs: Math.abs,
  sign: Math.sign,
  max: Math.max,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  softplus: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  sigmoid(a) {
    const e = Math.exp(-Math.abs(a));
    return (a < 0 ? e : 1) / (1 + e);
  },
  pow: (a, p) => a ** p,
  affine: (a, x, b) => a * x + b,
  where: (test, a, b) => (test > 0 ? a : b),
  detach: (a) => a,
};
