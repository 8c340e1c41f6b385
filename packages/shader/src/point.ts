/** A formula as a function of a shading language: what it takes and how it gives its parts back. */
import {
  type Derivative,
  FocalLossError,
  identifiers,
  type Label,
  type Loss,
  literalsOf,
  type Program,
  program,
} from '@focal-loss/core';
import { type Definition, type Language, NO_NUMBER, type ShaderParameter } from './language.ts';
import { smoothingOf } from './smoothing.ts';

/** A function in a shading language. */
export interface ShaderFunction {
  /** What it is called. */
  readonly name: string;
  /** The names of its parameters behind the first ones, all numbers, with what they are for this loss. */
  readonly params: readonly ShaderParameter[];
  /** Its declaration, and those of functions and structures it needs beside `prelude`. */
  readonly code: string;
}

/** The fields of `Point`. */
const FIELDS: Readonly<Record<Derivative, string>> = { value: 'value', grad: 'slope', hess: 'curvature' };

/**
 * The parameters that a loss's text leaves open; the others, the loss's {@link literalsOf | literals}, are written into it.
 * The text is the same for each value of those that are left. Behind them those of {@link smoothingOf}, at a sigmoid.
 */
export const parametersOf = (loss: Loss): readonly ShaderParameter[] => [
  ...formulaParameters(loss),
  ...(loss.link === 'sigmoid' ? smoothingOf(loss) : []),
];

/** Those of the formula. */
export function formulaParameters(loss: Loss): readonly ShaderParameter[] {
  const names = identifiers(Object.keys(loss.params));
  const numbers = writtenOf(loss);
  return Object.entries(loss.params).flatMap(([key, value]) => (key in numbers ? [] : [{ name: names[key], value }]));
}

/**
 * The slope of a¹ at 0 is 1, but that of every other power is 0: only where an exponent is known can the two be told apart.
 * In the family no power's base is 0 unless it underflows.
 */
export const writtenOf = (loss: Loss): Readonly<Record<string, number>> => ({
  ...literalsOf(loss),
  ...(loss.key === undefined ? Object.fromEntries(Object.entries(loss.params).filter(([, value]) => value === 1)) : {}),
});

/** Far out, where products with parameters would overflow, a loss stays what it is or grows along its slope. */
export const continued = ({ choose }: Language, at: string, more: string): string =>
  `${at}.value + ${choose(`${at}.slope != 0.0`, more, '0.0')}`;

/** How a function gives its parts back. */
export interface Result {
  readonly parts: readonly Derivative[];
  readonly type: 'float' | 'Point';
  /** The same out of a `Point`. */
  from(point: string): string;
}

export function resultOf(wants: readonly Derivative[]): Result {
  if (wants.length === 1) return { parts: wants, type: 'float', from: (point) => `${point}.${FIELDS[wants[0]]}` };
  return { parts: pointParts(wants), type: 'Point', from: (point) => point };
}

/** What a `Point` has: beside what is wanted always the slope, along which a loss is continued. */
const pointParts = (wants: readonly Derivative[]): readonly Derivative[] =>
  wants.includes('hess') ? ['value', 'grad', 'hess'] : ['value', 'grad'];

export const withSlope = pointParts;

export const pointStruct = (language: Language, wants: readonly Derivative[]): string =>
  language.struct(
    'Point',
    pointParts(wants).map((part) => FIELDS[part]),
  );

/** A formula as a function. */
export function body(
  { define, syntax: plain }: Language,
  loss: Loss,
  label: Label,
  { parts, type }: Result,
  definition: Omit<Definition, 'gives' | 'statements'>,
): string {
  // Formulas say 1 - y; whoever has it with more digits hands it in.
  const sub = (a: string, b: string) => (a === plain.number(1) && b === 'y' ? 'rest' : plain.sub(a, b));
  const syntax = definition.takes.includes('rest') ? { ...plain, sub } : plain;
  const { statements, results } = written(loss, () =>
    program(loss, syntax, { label, wants: parts, literals: writtenOf(loss) }),
  );
  const result = type === 'Point' ? `Point(${results.join(', ')})` : results[0];
  // Call the results what they are; no other name in a body is one of these.
  const fields = new Map(results.map((name, i) => [name, FIELDS[parts[i]]]));
  const declared = new Set(statements.flatMap((line) => /^\w+ (\w+) =/.exec(line)?.[1] ?? []));
  const rename = (word: string) => (declared.has(word) ? (fields.get(word) ?? word) : word);
  const lines = [...statements, `return ${result};`].map((line) => line.replace(/[A-Za-z_]\w*/g, rename));
  return define({ ...definition, gives: type, statements: lines });
}

/** @throws {@link FocalLossError} where a formula does, or does what text cannot say. */
export function written(loss: Loss, write: () => Program): Program {
  try {
    const made = write();
    const lines = [...made.statements, ...made.results];
    if (lines.some((line) => line.includes(NO_NUMBER))) throw new RangeError('NaN has no literal');
    return made;
  } catch (error) {
    const takes = `a formula that can be written as shader code (${error instanceof Error ? error.message : error})`;
    throw new FocalLossError(loss.name, [{ field: 'formula', got: loss.formula, takes }]);
  }
}
