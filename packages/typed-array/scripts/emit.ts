/**
 * Writes src/kernels.generated.ts: the programs of each formula of the family, for each kind of label, for each common
 * parameter value, without and with gradient. No program text is ever made at run time.
 */
import { writeFileSync } from 'node:fs';
import {
  type Derivative,
  formulas,
  identifiers,
  jet,
  type Label,
  type Link,
  type Logged,
  logOf,
  logs,
  type Member,
  program,
  type Text,
  textOps,
} from '@focal-loss/core';
import { javascript } from '../src/ops.ts';
import { specialisations } from './specialisations.ts';

const WANTS: readonly (readonly Derivative[])[] = [['value'], ['value', 'grad'], ['value', 'grad', 'hess']];

/** Second derivatives of hard labels are those of any label: nobody is in such a hurry for them. */
const wantsOf = (label: Label) => (label === 'hard' ? WANTS.slice(0, 2) : WANTS);

const indent = (lines: readonly string[], by: number) => lines.map((line) => ' '.repeat(by) + line).join('\n');

/** `when` fixes some parameters; the others are read from `params` in the order of the member's definition. */
function kernel(member: Member, label: Label, when: Record<string, number>, wants: readonly Derivative[]): string {
  const { statements, results, params } = program(member, javascript, { label, wants, literals: when });
  const reads = label === 'margin' ? ['x', 'low'] : ['x', 'y'];
  const multiplied = wants.includes('value') && wants.length === 1 ? ['factor'] : ['factor', 'scale'];
  const lanes = [...reads, ...multiplied, ...wants].map((lane) => `${lane}: ${lane}s`);
  const body = [
    ...params.map(({ key, name }) => `const ${name} = params[${Object.keys(member.params).indexOf(key)}];`),
    'for (let i = 0; i < n; i++) {',
    ...reads.map((lane) => `  const ${lane} = ${lane}s[i];`),
    ...(label === 'hard' ? ['  const side = 2 * y - 1;'] : []),
    ...statements.map((line) => `  ${line}`),
    ...wants.map((part, i) => `  ${part}s[i] = ${part === 'value' ? 'factors' : 'scales'}[i] * ${results[i]};`),
    '}',
  ];
  return `(n, { ${lanes.join(', ')} }${params.length > 0 ? ', params' : ''}) => {
${indent(body, 6)}
    }`;
}

/**
 * The kinds of labels that a program is written for. Hard ones have programs of their own where an exponent is an argument:
 * at a margin a power of a sigmoid is one exponential, and a power of a label none. Where it is a number, there is nothing to gain.
 */
function labelsOf({ links, params }: Member, when: Record<string, number>): Label[] {
  const hasPower = Object.keys(params).some((name) => POWERS.test(name) && !(name in when));
  const sigmoid: Label[] = links.includes('sigmoid') ? (hasPower ? ['any', 'hard'] : ['any']) : [];
  return links.includes('softmax') ? [...sigmoid, 'margin'] : sigmoid;
}
const POWERS = /^(beta|gamma.*)$/;

const entries = formulas.family.flatMap((member) =>
  specialisations(member).flatMap((when) =>
    labelsOf(member, when).map(
      (label) => `  {
    key: '${member.key}',
    label: '${label}',
    when: ${JSON.stringify(when)},
${wantsOf(label)
  .map((wants) => `    '${wants.join()}': ${kernel(member, label, when, wants)},`)
  .join('\n')}
  },`,
    ),
  ),
);

/** A loss that tells a probability for some setting of its parameters, these among them. */
const tells = ({ params, untold }: Member, when: Record<string, number>) =>
  untold?.({ ...Object.fromEntries(Object.entries(params).map(([name, { min = 0 }]) => [name, min])), ...when }) ===
  undefined;

/**
 * What a posterior is made of, by core's `posteriorLogits`: at a sigmoid the logit of η but for α, at a softmax log η of a class but
 * for α and a number that all classes share. Parameters that are read are above 0, or have no part in a sign.
 */
function posterior(member: Member, link: Link, when: Record<string, number>): string {
  const keys = Object.keys(member.params);
  const names = identifiers(keys);
  const { ops, program: written } = textOps(javascript, ['x', 'low', ...Object.values(names)]);
  const l = logs(ops);
  const params = Object.fromEntries(
    keys.map((key): [string, Logged<Text>] => [
      key,
      key in when ? l.constant(when[key]) : { value: { code: names[key] }, sign: 1 },
    ]),
  );
  const at = jet(member.formula, l, params, 1);
  const x: Text = link === 'sigmoid' ? { code: 'x' } : { code: 'x', low: 'low' };
  const slope = (y: 0 | 1) => logOf(ops, at({ value: x }, l.constant(y))[1]);
  const flat = () => ops.neg(ops.add(ops.softplus(x), ops.softplus(ops.neg(x))));
  const { statements, results } = written([ops.sub(link === 'sigmoid' ? slope(0) : flat(), slope(1))]);
  const text = statements.concat(results).join(' ');
  const used = keys.filter((key) => !(key in when) && new RegExp(`\\b${names[key]}\\b`).test(text));
  const body = [
    ...used.map((key) => `const ${names[key]} = params[${keys.indexOf(key)}];`),
    'for (let i = 0; i < n; i++) {',
    '  const x = xs[i];',
    ...(link === 'softmax' ? ['  const low = lows[i];'] : []),
    ...statements.map((line) => `  ${line}`),
    `  values[i] = ${results[0]};`,
    '}',
  ];
  return `  {
    key: '${member.key}',
    link: '${link}',
    when: ${JSON.stringify(when)},
    run: (n, { x: xs${link === 'softmax' ? ', low: lows' : ''}, value: values }${used.length > 0 ? ', params' : ''}) => {
${indent(body, 6)}
    },
  },`;
}

const posteriors = formulas.family.flatMap((member) =>
  specialisations(member)
    // Nobody is in such a hurry for a posterior that powers need to be products.
    .filter((when) => Object.keys(when).every((name) => member.params[name].flag || name === 'margin'))
    .filter((when) => tells(member, when))
    .flatMap((when) => member.links.map((link) => posterior(member, link, when))),
);

const source = `// Written by scripts/emit.ts from the formulas of @focal-loss/core. Do not edit.
import { affineLow, expNegative, log1pUnit, sigmoidPow } from './helpers.generated.ts';
import type { WrittenKernel, WrittenPosterior } from './kernel.ts';

export const kernels: readonly WrittenKernel[] = [
${entries.join('\n')}
];

export const posteriors: readonly WrittenPosterior[] = [
${posteriors.join('\n')}
];
`;
writeFileSync(new URL('../src/kernels.generated.ts', import.meta.url), source);
