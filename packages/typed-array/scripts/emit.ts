/**
 * Writes src/kernels.generated.ts: the programs of each formula of the family, for each kind of label, for each common
 * parameter value, without and with gradient. No program text is ever made at run time.
 */
import { writeFileSync } from 'node:fs';
import { type Derivative, formulas, type Label, type Member, program } from '@focal-loss/core';
import { javascript } from '../src/ops.ts';
import { specialisations } from './specialisations.ts';

const WANTS: readonly (readonly Derivative[])[] = [['value'], ['value', 'grad']];

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
 * at a margin a power of a sigmoid is one exponential. Where it is a number, there is nothing to gain.
 */
function labelsOf({ links, params }: Member, when: Record<string, number>): Label[] {
  const general = Object.keys(when).length < Object.keys(params).length;
  const sigmoid: Label[] = links.includes('sigmoid') ? (general ? ['any', 'hard'] : ['any']) : [];
  return links.includes('softmax') ? [...sigmoid, 'margin'] : sigmoid;
}

const entries = formulas.family.flatMap((member) =>
  specialisations(member).flatMap((when) =>
    labelsOf(member, when).map(
      (label) => `  {
    key: '${member.key}',
    label: '${label}',
    when: ${JSON.stringify(when)},
${WANTS.map((wants) => `    '${wants.join()}': ${kernel(member, label, when, wants)},`).join('\n')}
  },`,
    ),
  ),
);

const source = `// Written by scripts/emit.ts from the formulas of @focal-loss/core. Do not edit.
import { affineLow, expNegative, log1pUnit, sigmoidPow } from './helpers.generated.ts';
import type { WrittenKernel } from './kernel.ts';

export const kernels: readonly WrittenKernel[] = [
${entries.join('\n')}
];
`;
writeFileSync(new URL('../src/kernels.generated.ts', import.meta.url), source);
