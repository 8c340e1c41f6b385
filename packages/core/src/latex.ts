import type { Ops } from './ops.ts';

/** A piece of LaTeX and how tightly it holds together: 0 a sum, 1 a sign, 2 a product, 3 what never needs brackets. */
export interface Latex {
  readonly code: string;
  readonly binding: 0 | 1 | 2 | 3;
  readonly literal?: number;
}

const sum = (code: string): Latex => ({ code, binding: 0 });
const signed = (code: string): Latex => ({ code, binding: 1 });
const product = (code: string): Latex => ({ code, binding: 2 });
const unit = (code: string): Latex => ({ code, binding: 3 });

const bracket = (a: Latex, binding: number) => (a.binding < binding ? `\\left(${a.code}\\right)` : a.code);
const call = (f: string, a: Latex) => unit(`${f}\\left(${a.code}\\right)`);
const is = (a: Latex, value: number) => a.literal === value;

/**
 * The algebra that writes LaTeX: `focal.formula(latex, …)` gives the formula of the docs. Only 0, 1 and
 * constants are folded, so what is printed is what is computed.
 *
 * @example
 * ```ts
 * const symbol = (code: string): Latex => ({ code, binding: 3 });
 * focal.formula(latex, symbol('x'), symbol('y'), { gamma: symbol('\\gamma') }).code;
 * ```
 */
export const latex: Ops<Latex> = {
  tiny: 0,
  constant: (value) => ({ ...(value < 0 ? signed(String(value)) : unit(String(value))), literal: value }),
  literal: (a) => a.literal,
  add: (a, b) => (is(a, 0) ? b : is(b, 0) ? a : sum(`${a.code} + ${bracket(b, 2)}`)),
  sub(a, b) {
    if (a.literal !== undefined && b.literal !== undefined) return latex.constant(a.literal - b.literal);
    return is(b, 0) ? a : is(a, 0) ? latex.neg(b) : sum(`${a.code} - ${bracket(b, 2)}`);
  },
  mul(a, b) {
    if (is(a, 0) || is(b, 0)) return latex.constant(0);
    if (a.literal !== undefined && b.literal !== undefined) return latex.constant(a.literal * b.literal);
    return is(a, 1) ? b : is(b, 1) ? a : product(`${bracket(a, 1)}\\,${bracket(b, 2)}`);
  },
  div: (a, b) => unit(`\\frac{${a.code}}{${b.code}}`),
  neg: (a) => signed(`-${bracket(a, 2)}`),
  abs: (a) => unit(`\\left\\lvert ${a.code} \\right\\rvert`),
  sign: (a) => call('\\operatorname{sign}', a),
  max: (a, b) => (is(b, 0) ? unit(`\\left[${a.code}\\right]_+`) : unit(`\\max\\left(${a.code}, ${b.code}\\right)`)),
  exp: (a) => unit(`e^{${a.code}}`),
  log1p: (a) => call('\\log', sum(`1 + ${bracket(a, 2)}`)),
  softplus: (a) => call('\\operatorname{softplus}', a),
  sigmoid: (a) => call('\\sigma', a),
  pow: (a, p) => (is(p, 0) ? latex.constant(1) : is(p, 1) ? a : unit(`{${bracket(a, 3)}}^{${p.code}}`)),
  affine: (a, x, b) => latex.add(latex.mul(a, x), b),
};
