import { jet } from './dual.ts';
import type { Labels, Param } from './formulas/member.ts';
import type { Formula, Part } from './ops.ts';
import { withRest } from './rest.ts';
import { type Program, type Syntax, type Text, textOps } from './text.ts';

/**
 * Which labels a program is for, and so what it reads beside the parameters.
 *
 * - `'any'`: `x` and `y`, a label in [0, 1].
 * - `'hard'`: `x` and `side`, 1 for a positive and −1 for a negative. Where labels are alike it is the program of the
 *   margin side·x; where they are apart, those of both labels over the same exponentials, of which `side` chooses.
 * - `'margin'`: `x` and `low`, a softmax margin and what rounding took from it.
 */
export type Label = 'any' | 'hard' | 'margin';

/** A part that is a derivative of the formula: the value, f′, f″. */
export type Derivative = Exclude<Part, 'posterior'>;

/** How often the formula is differentiated for it. */
export const orderOf: Readonly<Record<Derivative, number>> = { value: 0, grad: 1, hess: 2 };

/** What a program is to be. */
export interface Asked {
  readonly label: Label;
  /** One result each, in this order; derivatives are by `x`. */
  readonly wants: readonly Derivative[];
  /** Parameters that are written as numbers. Default: the loss's own {@link Loss.literals}. */
  readonly literals?: Readonly<Record<string, number>>;
  /** Of `'any'` label: whether the text reads 1 − y as `low`, for labels that have lost digits of it. */
  readonly rest?: boolean;
}

/** A formula with the names of its parameters: a loss, or a member. */
export interface Programmable {
  readonly formula: Formula;
  readonly labels: Labels;
  readonly params: Readonly<Record<string, unknown>>;
  readonly literals?: readonly string[];
}

/** The text of a formula. */
export interface FormulaProgram extends Program {
  /** The parameters that the text reads: their keys, and the names they have there. */
  readonly params: readonly { readonly key: string; readonly name: string }[];
  /**
   * The same in two: up to the exponentials, and what follows once they are at hand under the names `between`. Loops of
   * half the length run twice as fast where a processor overlaps turns only as far as its reorder buffer reaches.
   */
  cut(): { readonly first: Program; readonly second: Program; readonly between: readonly string[] };
}

/**
 * The one door from a formula to text: the statements that compute a loss's parts before α, weights and reduction.
 *
 * @example
 * ```ts
 * const { statements, results } = program(sigmoidFocal(), javascript, { label: 'any', wants: ['value', 'grad'] });
 * ```
 */
export function program(
  of: Programmable,
  syntax: Syntax,
  { label, wants, literals, rest = false }: Asked,
): FormulaProgram {
  const keys = Object.keys(of.params);
  const numbers = literals ?? literalsOf(of);
  const names = identifiers(keys);
  const inputs = ['x', 'y', 'low', 'side'];
  const { ops: plain, program: written, decays } = textOps(syntax, [...inputs, ...Object.values(names)]);
  const [x, y, side]: Text[] = ['x', 'y', 'side'].map((code) => ({ code }));
  const ops = rest ? withRest(plain, y, { code: 'low' }) : plain;
  const params = Object.fromEntries(
    keys.map((key): [string, Text] => [key, key in numbers ? ops.constant(numbers[key]) : { code: names[key] }]),
  );
  const at = jet(of.formula, ops, params, Math.max(...wants.map((part) => orderOf[part])));
  const parts = (x: Text, y: Text): Text[] => {
    const derivatives = at(x, y);
    return wants.map((part) => derivatives[orderOf[part]]);
  };

  function hard(): Text[] {
    if (of.labels === 'apart') {
      const [positive, negative] = [parts(x, ops.constant(1)), parts(x, ops.constant(0))];
      return wants.map((_, i) => ops.where(side, positive[i], negative[i]));
    }
    const margin = { ...ops.mul(side, x), sizeOf: x };
    // Each derivative by x is one by the margin times side, and side² is 1.
    return parts(margin, ops.constant(1)).map((part, i) => (orderOf[wants[i]] % 2 === 1 ? ops.mul(side, part) : part));
  }
  const results = {
    any: () => parts(x, y),
    hard,
    margin: () => parts({ ...x, low: 'low' }, ops.constant(1)),
  }[label]();

  const whole = written(results);
  const text = whole.statements.concat(whole.results).join(' ');
  return {
    ...whole,
    params: keys
      .filter((key) => !(key in numbers) && new RegExp(`\\b${names[key]}(Head|Rest|Low)?\\b`).test(text))
      .map((key) => ({ key, name: names[key] })),
    cut: () => ({
      first: written(decays),
      get second() {
        return written(results, decays);
      },
      between: decays.map(({ code }) => code),
    }),
  };
}

/** Words that may stand for themselves in any language: no keyword, no helper, nothing that is generated. */
const GREEK = /^(beta|gamma|delta|epsilon|zeta|eta|theta|kappa|lambda|mu|nu|rho|sigma|tau|phi|chi|psi|omega)$/;

/**
 * The names that parameters have in program text: Greek letters their own, all others, which may be any word, a number.
 * A parameter may thus be called `alpha`, `x` or `exp`, and meets neither the option α nor what is generated.
 */
export const identifiers = (keys: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(keys.map((key, i) => [key, GREEK.test(key) ? key : `param${i}`]));

/**
 * The one policy for which parameters kernels write as numbers: those with a value that users choose most and that makes
 * the formula shorter, {@link Param.common}, and switches. All others are arguments, and one kernel serves each of their values.
 */
export const literalNames = (
  params: Readonly<Record<string, Param>>,
  values: Readonly<Record<string, number>>,
): readonly string[] =>
  Object.keys(params).filter((name) => params[name].flag || params[name].common?.includes(values[name]));

/** A loss's literals with their numbers. */
export const literalsOf = ({ params, literals = [] }: Programmable): Readonly<Record<string, number>> =>
  Object.fromEntries(literals.map((name) => [name, params[name] as number]));
