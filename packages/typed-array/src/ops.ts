import type { Syntax } from '@focal-loss/core';
import { expNegative } from './elementary.ts';

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
  log: (a) => `Math.log(${a})`,
  log1p: (a) => `Math.log1p(${a})`,
  expNegative: (a) => `expNegative(${a})`,
  log1pUnit: (e) => `log1pUnit(${e})`,
  pow: (a, p) => `${a} ** ${p}`,
  nonNegative: (test, a, b) => `${test} < 0 ? ${b} : ${a}`,
  positive: (test, a, b) => `${test} > 0 ? ${a} : ${b}`,
  sigmoidPow: (v, vLow, log1pE, p) => `sigmoidPow(${v}, ${vLow}, ${log1pE}, ${p})`,
  affineLow: (a, x, xLow, b, u) => `affineLow(${a}, ${x}, ${xLow}, ${b}, ${u})`,
};

/** 2²⁷ + 1 splits a double into two halves whose products are exact (Veltkamp). */
const SPLITTER = 2 ** 27 + 1;

/** What rounding took from `product`, which is a·b (Dekker). */
function productLow(a: number, b: number, product: number): number {
  const aBig = SPLITTER * a;
  const bBig = SPLITTER * b;
  const aHigh = aBig - (aBig - a);
  const bHigh = bBig - (bBig - b);
  const aRest = a - aHigh;
  const bRest = b - bHigh;
  return aRest * bRest - (product - aHigh * bHigh - aRest * bHigh - aHigh * bRest);
}

/** What rounding took from `sum`, which is a + b (Knuth). */
function sumLow(a: number, b: number, sum: number): number {
  const back = sum - a;
  return a - (sum - back) + (b - back);
}

/** What rounding took from u = a·x + b, where x carries xLow. */
export function affineLow(a: number, x: number, xLow: number, b: number, u: number): number {
  // e^−|u| is 0 beyond; there the error matters no more, and the splitting could overflow.
  if (!(Math.abs(u) < 1024)) return 0;
  const product = a * x;
  return productLow(a, x, product) + a * xLow + sumLow(product, b, u);
}

/** σ(−v)ᵖ = e^−A with A = p·max(v, 0) + p·log1pE, where v carries vLow: A is summed in two parts. Within 4 ulp. */
export function sigmoidPow(v: number, vLow: number, log1pE: number, p: number): number {
  const u = Math.max(v, 0);
  const head = p * u;
  if (head > 1024) return 0;
  const lost = u < 1e290 ? productLow(p, u, head) : 0;
  const rest = lost + p * (log1pE + (v > 0 ? vLow : 0));
  const a = head + rest;
  const e = expNegative(a);
  return e - e * sumLow(head, rest, a);
}
