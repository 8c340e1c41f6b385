import { fold } from './fold.ts';
import type { Ops } from './ops.ts';

/** A piece of LaTeX and how tightly it holds together: 0 a sum, 1 a sign, 2 a product, 3 what never needs brackets. */
export interface Latex {
  readonly code: string;
  readonly binding: 0 | 1 | 2 | 3;
  readonly literal?: number;
  readonly negated?: Latex;
}

const sum = (code: string): Latex => ({ code, binding: 0 });
const signed = (code: string): Latex => ({ code, binding: 1 });
const product = (code: string): Latex => ({ code, binding: 2 });
const unit = (code: string): Latex => ({ code, binding: 3 });

const bracket = (a: Latex, binding: number) => (a.binding < binding ? `\\left(${a.code}\\right)` : a.code);
const call = (f: string, a: Latex) => unit(`${f}\\left(${a.code}\\right)`);

/**
 * The algebra that writes LaTeX: `focal.formula(latex, …)` gives the formula of the docs. It is folded as
 * every backend's is, so what is printed is what is computed.
 *
 * @example
 * ```ts
 * const symbol = (code: string): Latex => ({ code, binding: 3 });
 * focal.formula(latex, symbol('x'), symbol('y'), { gamma: symbol('\\gamma') }).code;
 * ```
 */
export const latex: Ops<Latex> = /* @__PURE__ */ fold<Latex>({
  tiny: 0,
  constant: (value) => (value < 0 ? signed(String(value)) : unit(String(value))),
  literal: (a) => a.literal,
  add: (a, b) => sum(`${a.code} + ${bracket(b, 2)}`),
  sub: (a, b) => sum(`${a.code} - ${bracket(b, 2)}`),
  mul: (a, b) => product(`${bracket(a, 1)}\\,${bracket(b, 2)}`),
  div: (a, b) => unit(`\\frac{${a.code}}{${b.code}}`),
  neg: (a) => signed(`-${bracket(a, 2)}`),
  abs: (a) => unit(`\\left\\lvert ${a.code} \\right\\rvert`),
  sign: (a) => call('\\operatorname{sign}', a),
  max: (a, b) =>
    b.literal === 0 ? unit(`\\left[${a.code}\\right]_+`) : unit(`\\max\\left(${a.code}, ${b.code}\\right)`),
  exp: (a) => unit(`e^{${a.code}}`),
  log: (a) => call('\\log', a),
  log1p: (a) => call('\\log', sum(`1 + ${bracket(a, 2)}`)),
  softplus: (a) => call('\\operatorname{softplus}', a),
  sigmoid: (a) => call('\\sigma', a),
  pow: (a, p) => unit(`{${bracket(a, 3)}}^{${p.code}}`),
  affine: (a, x, b) => latex.add(latex.mul(a, x), b),
  where: (test, a, b) =>
    unit(`\\begin{cases} ${a.code} & ${test.code} > 0 \\\\ ${b.code} & \\text{otherwise} \\end{cases}`),
  // Held fixed, which concerns derivatives only: the value is written as it is, with a bar above.
  detach: (a) => unit(`\\overline{${a.code}}`),
});
