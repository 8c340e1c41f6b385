import { type Formula, formulas as family, numbers, type Params, valueAndDerivative } from '@focal-loss/core';
import { letterOf, titleOf } from '../members.ts';
import { print, symbol, type Tidy, tidy } from './tidy.ts';

const { family: members } = family;

/** TeX puts a blank before a bracket that grows; before the argument of a function there is none. */
const code = (terms: Tidy) =>
  print(terms).code.replace(/(\\sigma|\\operatorname\{\w+\})\\left\(/g, '$1\\mathopen{}\\left(');

/** Every member: as it is computed, at the margin, and its derivative there, written by core's own algebra. */
export const formulas = (): string =>
  members
    .map(({ key, labels, params, formula }) => {
      const named: Params<Tidy> = Object.fromEntries(
        Object.keys(params).map((name) => [name, symbol(letterOf(name) === name ? `\\mathit{${name}}` : `\\${name}`)]),
      );
      const at = (name: string, label: 0 | 1) => {
        const { value, derivative } = valueAndDerivative(
          formula as Formula,
          tidy,
          symbol(name),
          tidy.constant(label),
          named,
        );
        return { value: code(value), slope: code(derivative) };
      };
      const general = code(formula(tidy, symbol('x'), symbol('y'), named));
      const title = `### ${titleOf(key).replaceAll('*', '\\*')}`;
      if (labels === 'apart') {
        const [positive, negative] = [at('x', 1), at('x', 0)];
        return `${title}

For any target:

$$
f(x, y) = ${general}
$$

For a positive and for a negative, with their derivatives by x:

$$
\\begin{aligned} f(x, 1) &= ${positive.value} & f'(x, 1) &= ${positive.slope} \\\\ f(x, 0) &= ${negative.value} & f'(x, 0) &= ${negative.slope} \\end{aligned}
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
f(z) = ${margin.value} \\qquad f'(z) = ${margin.slope}
$$`;
    })
    .join('\n\n');

/** The algebra, by the names it has in core. */
export const operations = (): string =>
  Object.entries(numbers)
    .filter(([, operation]) => typeof operation === 'function')
    .map(([name]) => `\`${name}\``)
    .join(', ');
