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
      // A formula may have a case of its own for a parameter of 0; shown is the other.
      const tested = new Set<string>();
      const positive: Ops<Tidy> = {
        ...tidy,
        where(test, a, b) {
          const name = Object.keys(named).find((one) => named[one] === test && tidy.literal(test) === undefined);
          if (name === undefined) return tidy.where(test, a, b);
          tested.add(name);
          return a;
        },
      };
      const switches = Object.entries<Param>(params).filter(([, { flag }]) => flag);
      const at = (name: string, label: 0 | 1) => {
        const { value, derivative } = valueAndDerivative(
          formula as Formula,
          positive,
          symbol(name),
          tidy.constant(label),
          named,
        );
        return { value: code(value), slope: code(derivative) };
      };
      const general = code(formula(positive, symbol('x'), symbol('y'), named));
      const conditions = [
        ...switches.map(([name, { default: or }]) => `\`${name}: ${or === 1}\`, the default`),
        ...Array.from(tested, (name) => `\`${name}\` > 0`),
      ];
      const given = conditions.length === 0 ? '' : `\n\nWith ${conditions.join(', and ')}.`;
      const title = `### ${titleOf(key).replaceAll('*', '\\*')}${given}`;
      if (labels === 'apart') {
        const [positive, negative] = [at('x', 1), at('x', 0)];
        return `${title}

For any target:

$$
f(x, y) = ${general}
$$

For a positive and for a negative, with their derivatives by x:

$$
\\begin{aligned} f(x, 1) &= ${positive.value} \\\\ f'(x, 1) &= ${positive.slope} \\\\ f(x, 0) &= ${negative.value} \\\\ f'(x, 0) &= ${negative.slope} \\end{aligned}
$$`;
      }
      const margin = at('z', 1);
      return `${title}

For any target:

$$
f(x, y) = ${general}
$$

At the margin, which is all that hard labels and softmax need, with its derivative:

$$
${margin.value.length + margin.slope.length > 400 ? `\\begin{aligned} f(z) &= ${margin.value} \\\\ f'(z) &= ${margin.slope} \\end{aligned}` : `f(z) = ${margin.value} \\qquad f'(z) = ${margin.slope}`}
$$`;
    })
    .join('\n\n');

/** The algebra, by the names it has in core. */
export const operations = (): string =>
  Object.entries(numbers)
    .filter(([, operation]) => typeof operation === 'function')
    .map(([name]) => `\`${name}\``)
    .join(', ');
