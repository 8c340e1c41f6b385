import { type Formula, formulas as family, numbers, type Params, valueAndDerivative } from '@focal-loss/core';
import { print, symbol, type Tidy, tidy } from './tidy.ts';

const { family: members } = family;

/** For whoever reads: a heading and where it is from. The formulas themselves come out of core. */
const titles: Readonly<Record<string, string>> = {
  crossEntropy: 'Cross-entropy: paper eq. 1, and eq. 3 with α',
  focal: 'Focal loss: paper eq. 4, and eq. 5 with α',
  focalStar: 'FL\\*: paper eq. 7 and 8',
  qualityFocal: 'Quality focal loss: Li et al. 2020, eq. 2',
};

/** TeX puts a blank before a bracket that grows; before the argument of a function there is none. */
const code = (terms: Tidy) =>
  print(terms).code.replace(/(\\sigma|\\operatorname\{\w+\})\\left\(/g, '$1\\mathopen{}\\left(');

/** Every member: as it is computed, at the margin, and its derivative there, written by core's own algebra. */
export const formulas = (): string =>
  members
    .map(({ key, params, formula }) => {
      const named: Params<Tidy> = Object.fromEntries(Object.keys(params).map((name) => [name, symbol(`\\${name}`)]));
      const general = formula(tidy, symbol('x'), symbol('y'), named);
      const hard = valueAndDerivative(formula as Formula, tidy, symbol('z'), tidy.constant(1), named);
      return `### ${titles[key] ?? key}

For any target:

$$
f(x, y) = ${code(general)}
$$

At the margin, which is all that hard labels and softmax need, with its derivative:

$$
f(z) = ${code(hard.value)} \\qquad f'(z) = ${code(hard.derivative)}
$$`;
    })
    .join('\n\n');

/** The algebra, by the names it has in core. */
export const operations = (): string =>
  Object.entries(numbers)
    .filter(([, operation]) => typeof operation === 'function')
    .map(([name]) => `\`${name}\``)
    .join(', ');
