import {
  type Formula,
  formulas as family,
  numbers,
  type Ops,
  type Param,
  type Params,
  valueAndDerivative,
} from '@focal-loss/core';
import { letterOf, titleOf } from '../members.ts';
import { type Named, naming } from './named.ts';
import { print, symbol, type Tidy, tidy } from './tidy.ts';

const { family: members } = family;

/** TeX puts a blank before a bracket that grows; before the argument of a function there is none. */
const code = (terms: Tidy) =>
  print(terms).code.replace(/(\\sigma|\\operatorname\{\w+\})\\left\(/g, '$1\\mathopen{}\\left(');

/** `\\gamma` of gamma, `\\gamma_{\\mathrm{positive}}` of gammaPositive; a word that begins with no Greek letter stands for itself. */
const letter = (name: string): string => {
  const [first, ...rest] = name.split(/(?=[A-Z])/);
  if (letterOf(first) === first) return `\\mathit{${name}}`;
  return rest.length === 0 ? `\\${first}` : `\\${first}_{\\mathrm{${rest.join('\\ ').toLowerCase()}}}`;
};

/** Every member: as it is computed, at the margin, and its derivative there, written by core's own algebra. */
export const formulas = (): string =>
  members
    .map(({ key, labels, params, formula }) => {
      const named: Params<Tidy> = Object.fromEntries(
        Object.entries<Param>(params).map(([name, { flag, default: or }]) => [
          name,
          // A switch stands as it does unless somebody turns it: the two formulas in one would be as long as both.
          flag ? tidy.constant(or) : symbol(letter(name)),
        ]),
      );
      const { ops, spell } = naming(code);
      // A formula may have a case of its own for a parameter of 0; shown is the other.
      const tested = new Set<string>();
      const positive: Ops<Tidy> = {
        ...ops,
        where(test, a, b) {
          const name = Object.keys(named).find((one) => named[one] === test && tidy.literal(test) === undefined);
          if (name === undefined) return ops.where(test, a, b);
          tested.add(name);
          return a;
        },
      };
      const switches = Object.entries<Param>(params).filter(([, { flag }]) => flag);
      const at = (name: string, label: 0 | 1) =>
        valueAndDerivative(formula as Formula, positive, symbol(name), tidy.constant(label), named);
      const general = displayed([['f(x, y)', formula(positive, symbol('x'), symbol('y'), named)]], spell);
      const apart = labels === 'apart' ? [at('x', 1), at('x', 0)] : [at('z', 1)];
      const hard = displayed(
        apart.flatMap(({ value, derivative }, i) => {
          const of = labels === 'apart' ? `x, ${1 - i}` : 'z';
          return [
            [`f(${of})`, value],
            [`f'(${of})`, derivative],
          ] as const;
        }),
        spell,
      );
      const conditions = [
        ...switches.map(([name, { default: or }]) => `\`${name}: ${or === 1}\`, the default`),
        ...Array.from(tested, (name) => `\`${name}\` > 0`),
      ];
      const given = conditions.length === 0 ? '' : `\n\nWith ${conditions.join(', and ')}.`;
      return `### ${titleOf(key).replaceAll('*', '\\*')}${given}

For any target:

${general}

${labels === 'apart' ? 'For a positive and for a negative, with their derivatives by x:' : 'At the margin, which is all that hard labels and softmax need, with its derivative:'}

${hard}`;
    })
    .join('\n\n');

/** Equations that fit beside each other stand in one line; others stand below each other. */
const ONE_LINE = 400;

/** Equations as a displayed formula, and a second one for the parts that have names. */
function displayed(equations: readonly (readonly [left: string, right: Tidy])[], spell: Named['spell']): string {
  const spelled = equations.map(([left, right]) => ({ left, ...spell(right) }));
  const block = (lines: readonly (readonly [left: string, right: string])[], together: boolean) => {
    const body = together
      ? lines.map((line) => line.join(' = ')).join(' \\qquad ')
      : `\\begin{aligned} ${lines.map((line) => line.join(' &= ')).join(' \\\\ ')} \\end{aligned}`;
    return `$$\n${body}\n$$`;
  };
  const all = spelled.map(({ left, code }) => [left, code] as const);
  const length = all.reduce((sum, [, code]) => sum + code.length, 0);
  const together = all.length === 1 || (all.length === 2 && length <= ONE_LINE);
  const parts = spelled.flatMap((one) => one.parts);
  return block(all, together) + (parts.length === 0 ? '' : `\n\nwith\n\n${block(parts, parts.length === 1)}`);
}

/** The algebra, by the names it has in core. */
export const operations = (): string =>
  Object.entries(numbers)
    .filter(([, operation]) => typeof operation === 'function')
    .map(([name]) => `\`${name}\``)
    .join(', ');
