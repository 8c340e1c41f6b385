import type { Ops } from './ops.ts';

/** 2^−1022, the least normal float64. Written out, and by itself: bundlers take a power or a property for something that may have an effect. */
export const TINY = 2.2250738585072014e-308;

/** The algebra on float64 numbers. */
export const numbers: Ops<number> = {
  tiny: TINY,
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
