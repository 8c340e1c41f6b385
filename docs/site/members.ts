/** What the members are called: the beginning of the docstring that core has for each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './packages.ts';

/** `Focal loss, paper eq. 4`, as the docstring of the member begins: as far as its first colon or stop. */
export function titleOf(key: string): string {
  const text = readFileSync(join(root, 'packages/core/src/formulas', `${key}.ts`), 'utf8');
  const title = /\/\*\*\n \* ([\s\S]+?)(?:(?<!eq)\.|:)\s/.exec(text)?.[1];
  if (title === undefined) throw new Error(`the member ${key} has no docstring`);
  return title.replace(/\n \* /g, ' ');
}

/** `Focal loss`: a title without what follows the name. */
export const nameOf = (key: string): string => titleOf(key).split(/,|:| of /)[0];

const greek = 'α alpha β beta γ gamma δ delta ε epsilon η eta θ theta κ kappa λ lambda μ mu ρ rho σ sigma τ tau'.split(
  ' ',
);

/** `γ` of a parameter called gamma; any other word stands for itself. */
export const letterOf = (parameter: string): string => {
  const at = greek.indexOf(parameter);
  return at < 0 ? parameter : greek[at - 1];
};
