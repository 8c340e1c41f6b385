/**
 * The LaTeX algebra of core, with a printer's manners: products drop their ones, signs move to the front, a fraction is
 * reduced, a double minus is none. What is printed is still what `dual` makes of the formula; only what is written twice
 * is written once. Two rewritings use that a sigmoid is positive: |σ| = σ, and the floor of a divisor does nothing.
 */
import { type Latex, latex, type Ops } from '@focal-loss/core';

/** A sum of signed products. Empty is zero. */
export type Tidy = readonly Term[];

interface Term {
  readonly negative: boolean;
  readonly factors: readonly Latex[];
}

const one: Term = { negative: false, factors: [] };
const term = (...factors: Latex[]): Tidy => [{ negative: false, factors }];
const flip = ({ negative, factors }: Term): Term => ({ negative: !negative, factors });

/** A symbol of the formula: a logit, a target, a parameter. */
export const symbol = (code: string): Tidy => term({ code, binding: 3 });

const product = ({ negative, factors }: Term): Latex => {
  const body = factors.length === 0 ? latex.constant(1) : factors.reduce((a, b) => latex.mul(a, b));
  return negative ? latex.neg(body) : body;
};

/** A tidy expression as LaTeX. */
export function print(terms: Tidy): Latex {
  if (terms.length === 0) return latex.constant(0);
  // A sum reads better when it does not begin with a sign.
  const sorted = [...terms].sort((a, b) => Number(a.negative) - Number(b.negative));
  const [first, ...rest] = sorted;
  return rest.reduce(
    (sum, next) => (next.negative ? latex.sub(sum, product(flip(next))) : latex.add(sum, product(next))),
    product(first),
  );
}

/** A sum inside a product is one factor, in brackets. */
const factor = (terms: Tidy): Term => (terms.length === 1 ? terms[0] : { negative: false, factors: [print(terms)] });

const number = (terms: Tidy): number | undefined => {
  if (terms.length === 0) return 0;
  if (terms.length > 1) return undefined;
  const [{ negative, factors }] = terms;
  if (factors.some(({ literal }) => literal === undefined)) return undefined;
  const size = factors.reduce((all, { literal = 1 }) => all * literal, 1);
  return negative ? -size : size;
};

const isSigmoid = (terms: Tidy) =>
  terms.length === 1 && terms[0].factors.length === 1 && terms[0].factors[0].code.startsWith('\\sigma');

/** Parameters and numbers lead a product, whatever order the derivative met them in. */
const weight = ({ code, literal }: Latex) =>
  literal !== undefined ? 0 : /^\\\w+(\{(\\\w+\{)?\w+\}*)?$/.test(code) ? 1 : 2;
const ordered = (factors: readonly Latex[]) => [...factors].sort((a, b) => weight(a) - weight(b));

const apply = (name: keyof Ops<Latex>, a: Tidy) => term((latex[name] as (a: Latex) => Latex)(print(a)));

/** What a divisor is at least, told apart from every number of a formula. */
const tiny = Number.MIN_VALUE;

export const tidy: Ops<Tidy> = {
  tiny,
  constant: (value) =>
    value === 0
      ? []
      : [{ negative: value < 0, factors: Math.abs(value) === 1 ? [] : [latex.constant(Math.abs(value))] }],
  literal: number,
  add(a, b) {
    const [x, y] = [number(a), number(b)];
    return x !== undefined && y !== undefined ? tidy.constant(x + y) : [...a, ...b];
  },
  sub: (a, b) => tidy.add(a, tidy.neg(b)),
  mul(a, b) {
    if (a.length === 0 || b.length === 0) return [];
    const [x, y] = [factor(a), factor(b)];
    return [{ negative: x.negative !== y.negative, factors: ordered([...x.factors, ...y.factors]) }];
  },
  div(a, b) {
    if (a.length === 0) return [];
    const [above, below] = [factor(a), factor(b)];
    const numerator = [...above.factors];
    const denominator = below.factors.filter(({ code }) => {
      const same = numerator.findIndex((one) => one.code === code);
      if (same >= 0) numerator.splice(same, 1);
      return same < 0;
    });
    const negative = above.negative !== below.negative;
    if (denominator.length === 0) return [{ negative, factors: numerator }];
    const fraction = latex.div(product({ ...one, factors: numerator }), product({ ...one, factors: denominator }));
    return [{ negative, factors: [fraction] }];
  },
  neg: (a) => a.map(flip),
  abs: (a) => (isSigmoid(a) ? [{ ...a[0], negative: false }] : apply('abs', a)),
  sign: (a) => (isSigmoid(a) ? tidy.constant(a[0].negative ? -1 : 1) : apply('sign', a)),
  max: (a, b) => (number(b) === tiny ? a : term(latex.max(print(a), print(b)))),
  exp: (a) => apply('exp', a),
  log: (a) => (number(a) === 1 ? [] : apply('log', a)),
  // 1 + (−a) is written 1 − a.
  log1p: (a) => (a.length === 1 && a[0].negative ? apply('log', [one, ...a]) : apply('log1p', a)),
  softplus: (a) => apply('softplus', a),
  sigmoid: (a) => apply('sigmoid', a),
  pow(a, p) {
    if (number(p) === 0 || number(a) === 1) return tidy.constant(1);
    return number(p) === 1 ? a : term(latex.pow(print(a), print(p)));
  },
  affine: (a, x, b) => tidy.add(tidy.mul(a, x), b),
  where(test, a, b) {
    const known = number(test);
    if (known !== undefined) return known > 0 ? a : b;
    return term(latex.where(print(test), print(a), print(b)));
  },
  detach: (a) => (number(a) === undefined ? apply('detach', a) : a),
};
