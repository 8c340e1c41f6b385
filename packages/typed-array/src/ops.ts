import type { Syntax } from '@focal-loss/core';

/** JavaScript, as the kernels are written in when the package is built. */
export const javascript: Syntax = {
  tiny: 2 ** -1022,
  number: (value) => (value < 0 ? `(${value})` : String(value)),
  declare: (name, expression) => `const ${name} = ${expression};`,
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  neg: (a) => `-${a}`,
  abs: (a) => `Math.abs(${a})`,
  sign: (a) => `Math.sign(${a})`,
  max: (a, b) => `Math.max(${a}, ${b})`,
  exp: (a) => `Math.exp(${a})`,
  log1p: (a) => `Math.log1p(${a})`,
  expNegative: (a) => `expNegative(${a})`,
  log1pUnit: (e) => `log1pUnit(${e})`,
  pow: (a, p) => `${a} ** ${p}`,
  nonNegative: (test, a, b) => `${test} < 0 ? ${b} : ${a}`,
  affineLow: (a, x, xLow, b, u) => `affineLow(${a}, ${x}, ${xLow}, ${b}, ${u})`,
};

/** 2²⁷ + 1 splits a double into two halves whose products are exact (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;

/** What rounding took from u = a·x + b, where x carries xLow: Dekker's product and Knuth's sum. */
export function affineLow(a: number, x: number, xLow: number, b: number, u: number): number {
  // e^−|u| is 0 beyond; there the error matters no more, and the splitting could overflow.
  if (!(Math.abs(u) < 1024)) return 0;
  const product = a * x;
  const aBig = SPLITTER * a;
  const xBig = SPLITTER * x;
  const aHigh = aBig - (aBig - a);
  const xHigh = xBig - (xBig - x);
  const aRest = a - aHigh;
  const xRest = x - xHigh;
  const lost = aRest * xRest - (product - aHigh * xHigh - aRest * xHigh - aHigh * xRest);
  const back = u - product;
  return lost + a * xLow + (product - (u - back) + (b - back));
}
