/** Factories as the functions they are: signature, options with what each takes, formula, and an example that ran. */
import { factories, formulas, type Loss, type Member, type Param, reference } from '@focal-loss/core';
import { escapeHtml } from '../html.ts';
import type { Row } from './symbols.ts';

/** All of them, by name. */
export const factoryNames: readonly string[] = Object.keys(factories);

type Make = (options?: object) => Loss;
const make = (name: string): Make => factories[name as keyof typeof factories] as Make;

/** The member of the family that a factory makes losses of. */
export const memberOf = (name: string): Member =>
  Object.values(formulas).find((one): one is Member => (one as Member).key === make(name)().key) as Member;

/** Values that show whether a factory takes an option at all. */
const probes = (link: Loss['link']): Record<string, unknown> => ({
  alpha: link === 'sigmoid' ? 0.25 : [1, 1],
  reduction: 'sum',
  normalizer: 'count',
  ignoreIndex: -1,
  labelSmoothing: 0.1,
  background: 0,
});

/** The options beside a member's own parameters, in the order of their docs. */
export const commonOptions = (name: string): string[] => {
  const { link, params } = make(name)();
  return Object.entries(probes(link)).flatMap(([option, value]) => {
    if (option in params) return [];
    try {
      make(name)({ [option]: value });
      return [option];
    } catch {
      return [];
    }
  });
};

const range = ({ min, max, exclusive, flag }: Param): string => {
  if (flag) return '<code>true</code> or <code>false</code>';
  if (min === undefined && max === undefined) return 'a finite number';
  if (min !== undefined && max !== undefined) return `a number from ${min} to ${max}`;
  return min === undefined ? `a number ≤ ${max}` : `a number ${exclusive ? '&gt;' : '≥'} ${min}`;
};

/** The member's own parameters as rows of the table of options. */
export const parameterRows = (name: string): Row[] =>
  Object.entries(memberOf(name).params).map(([param, { default: or, ...rest }]) => ({
    name: `${escapeHtml(param)}?`,
    type: range({ default: or, ...rest }),
    says: `A parameter of the formula. Default <code>${rest.flag ? or === 1 : or}</code>.`,
  }));

/** A program of a few lines, and what it prints. */
export interface Example {
  readonly code: string;
  readonly printed: string;
}

/** A call of a loss made with the first of its parameters, at two entries or two rows. */
export function exampleOf(name: string): Example {
  const { link, params, targets } = make(name)();
  const [first] = Object.keys(params);
  const options = first === undefined ? {} : { [first]: params[first] };
  const rows = link === 'softmax';
  const logits = rows ? [2, 0, -1, 0.5, 1.5, 0] : [2, -1];
  const wanted = targets === 'place' ? [0.5, 1] : rows ? [0, 1] : name === 'gaussianFocal' ? [1, 0.3] : [1, 0];
  const call = rows ? { shape: [2, 3] } : {};
  const { value, grad } = reference(make(name)(options)).valueAndGrad(logits, wanted, call);
  const written = first === undefined ? '' : `{ ${first}: ${params[first]} }`;
  const shape = rows ? ', { shape: [2, 3] }' : '';
  const code = `import { ${name} } from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';

const run = compile(${name}(${written}));
const { value, grad } = run.valueAndGrad([${logits.join(', ')}], [${wanted.join(', ')}]${shape});
console.log(value.toFixed(6), grad[0].toFixed(6));`;
  return { code, printed: `${(value as number).toFixed(6)} ${grad[0].toFixed(6)}` };
}
