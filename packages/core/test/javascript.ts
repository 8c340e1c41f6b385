import { numbers, type Syntax } from '../src/index.ts';

/** JavaScript without any helper of its own. */
export const javascript: Syntax = {
  tiny: numbers.tiny,
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
  pow: (a, p) => `${a} ** ${p}`,
  nonNegative: (test, a, b) => `${test} < 0 ? ${b} : ${a}`,
  positive: (test, a, b) => `${test} > 0 ? ${a} : ${b}`,
};
