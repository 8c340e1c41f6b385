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
