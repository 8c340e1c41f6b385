import type { Syntax } from '@focal-loss/core';

/** What a value is: a number, or a structure or vector of numbers. */
export type Type = 'float' | 'int' | 'bool' | 'vec2' | 'vec4' | (string & {});

/** A function to be written down. */
export interface Definition {
  /** What it computes, in a sentence. */
  readonly title: string;
  readonly name: string;
  /** Names, of numbers unless a type stands beside them. */
  readonly takes: readonly (string | readonly [name: string, type: Type])[];
  readonly gives: Type;
  readonly statements: readonly string[];
}

/** A parameter of a function, and its number for the loss that the function was written for. */
export interface ShaderParameter {
  readonly name: string;
  readonly value: number;
}

/**
 * A shading language: how the loss functions of this package and the helpers they call are spelled in it. All numbers are
 * float32.
 */
export interface Language {
  readonly name: string;
  /** For formulas: what core's `program` writes with. */
  readonly syntax: Syntax;
  define(definition: Definition): string;
  /** What a type is called; what makes a value of it, too. */
  typeName(type: Type): string;
  /** A structure of numbers. */
  struct(name: string, fields: readonly string[], title?: string): string;
  constant(name: string, value: number): string;
  /** A statement that gives a value a name, which may be given another value later; or only a name, to be given one. */
  variable(name: string, type: Type, value?: string): string;
  /** `a` where the test holds, else `b`; both are computed. Needs no brackets around it. */
  choose(test: string, a: string, b: string): string;
  /** Statements that hardly any invocation needs. */
  rarely(test: string, ...statements: readonly string[]): readonly string[];
  /** One statement where the test holds, and another elsewhere: neither waits for the other. */
  either(test: string, statement: string, otherwise: string): readonly string[];
  /** The nearest whole number. */
  nearest(a: string): string;
  /**
   * Functions over the bits of a number, by their names: `powerOfTwo(k)` for a whole k from -126 to 127, for -127 it is 0;
   * `leading(a)`, the leading twelve bits; `scaled(a)`, a structure of `exponent` and `fraction`, √½ ≤ fraction < √2;
   * `isNone(a)`, whether it is NaN, of which compilers may assume that no number is; `isInfinite(a)`.
   */
  readonly bits: Readonly<Record<'powerOfTwo' | 'leading' | 'scaled' | 'isNone' | 'isInfinite', string>>;
}

/** What is spelled alike in all languages of this kind. */
export const infix: Omit<Syntax, 'declare' | 'nonNegative' | 'positive'> = {
  tiny: 2 ** -126,
  number,
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  div: (a, b) => `${a} / ${b}`,
  neg: (a) => `-${a}`,
  abs: (a) => `abs(${a})`,
  sign: (a) => `sign(${a})`,
  max: (a, b) => `max(${a}, ${b})`,
  exp: (a) => `exponential(${a})`,
  log: (a) => `logarithm(${a})`,
  log1p: (a) => `log1p(${a})`,
  pow: (a, p) => `powerOf(${a}, ${p})`,
  expNegative: (a) => `expNegative(${a})`,
  log1pUnit: (e) => `log1pUnit(${e})`,
  affineLow: (a, x, xLow, b, u) => `affineLow(${a}, ${x}, ${xLow}, ${b}, ${u})`,
  sigmoidPow: (v, vLow, log1pE, p) => `sigmoidPow(${v}, ${vLow}, ${log1pE}, ${p})`,
};

/** The smallest normal float32, by a name: the exponent of a literal would look like a name to who reads the text. */
export const TINY = 'TINY';

const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/**
 * Stands for NaN, which has no literal. Branches that a known label rules out may make one; a text in which it is left cannot
 * be written.
 */
export const NO_NUMBER = 'NO_NUMBER';

/**
 * The shortest decimal that is this float32, without an exponent. Beyond float32 the largest stands in, to the last digit:
 * a shorter decimal is larger, and no number of the language.
 */
function number(value: number): string {
  if (Number.isNaN(value)) return NO_NUMBER;
  const rounded = Math.fround(value);
  const near = Number.isFinite(rounded) ? rounded : Math.sign(value) * LARGEST;
  if (near === 2 ** -126) return TINY;
  if (near === LARGEST) return `${BigInt(near)}.0`;
  if (near < 0) return `(-${number(-near)})`;
  let places = 0;
  while (Math.fround(Number(near.toExponential(places))) !== near) places++;
  const [digits, exponent] = near.toExponential(places).split('e');
  const all = digits.replace('.', '');
  const point = Number(exponent) + 1;
  if (point <= 0) return `0.${'0'.repeat(-point)}${all}`;
  return `${all.slice(0, point).padEnd(point, '0')}.${all.slice(point) || '0'}`;
}
