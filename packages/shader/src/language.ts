import type { Syntax } from '@focal-loss/core';

/** What a value is: a number, or a structure of numbers. */
export type Type = 'float' | (string & {});

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

/**
 * A shading language: how the loss functions of this package and the helpers they call are spelled in it. All numbers are
 * float32.
 */
export interface Language {
  readonly name: string;
  /** For formulas: what core's `program` writes with. */
  readonly syntax: Syntax;
  define(definition: Definition): string;
  /** A structure of numbers. */
  struct(name: string, fields: readonly string[], title?: string): string;
  constant(name: string, value: number): string;
  /** A statement that gives a value a name, which may be given another value later. */
  variable(name: string, type: Type, value: string): string;
  /** `a` where the test holds, else `b`; both are computed. Needs no brackets around it. */
  choose(test: string, a: string, b: string): string;
  /** Statements that hardly any invocation needs. */
  rarely(test: string, ...statements: readonly string[]): readonly string[];
  /** The nearest whole number. */
  nearest(a: string): string;
  /**
   * Functions over the bits of a number, by their names: `powerOfTwo(k)` for a whole k from -126 to 127, for -127 it is 0;
   * `leading(a)`, the leading twelve bits; `scaled(a)`, a structure of `exponent` and `fraction`, √½ ≤ fraction < √2.
   */
  readonly bits: Readonly<Record<'powerOfTwo' | 'leading' | 'scaled', string>>;
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
 * The shortest decimal that is this float32, without an exponent. Beyond float32 the largest stands in, to the last digit:
 * a shorter decimal is larger, and no number of the language.
 */
function number(value: number): string {
  if (Number.isNaN(value)) throw new RangeError('NaN has no literal');
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
