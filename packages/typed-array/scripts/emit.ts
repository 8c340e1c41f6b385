/**
 * Writes src/kernels.generated.ts: one program for each formula of the family, at each link, for each common parameter
 * value, without and with gradient. No program text is ever made at run time.
 */
import { writeFileSync } from 'node:fs';
import { formulas, type Link, type Member, type Text, textOps, valueAndDerivative } from '@focal-loss/core';
import { javascript } from '../src/ops.ts';
import { specialisations } from './specialisations.ts';

const indent = (lines: readonly string[], by: number) => lines.map((line) => ' '.repeat(by) + line).join('\n');

/** `when` fixes some parameters; the others are read from `params` in the order of the member's definition. */
function program(member: Member, link: Link, when: Record<string, number>, wantGrad: boolean): string {
  const { ops, program: written } = textOps(javascript);
  const free = Object.keys(member.params).filter((name) => !(name in when));
  const params = Object.fromEntries(
    Object.keys(member.params).map((name) => [name, name in when ? ops.constant(when[name]) : { code: name }]),
  );
  const x: Text = link === 'softmax' ? { code: 'x', low: 'low' } : { code: 'x' };
  const y: Text = link === 'softmax' ? ops.constant(1) : { code: 'y' };

  const { value, derivative } = valueAndDerivative(member.formula, ops, x, y, params);
  const { statements, results } = wantGrad ? written([value, derivative]) : written([value]);
  const loads = link === 'softmax' ? ['x', 'low'] : ['x', 'y'];
  const lanes = [...loads, 'scale', 'value', ...(wantGrad ? ['grad'] : [])].map((lane) => `${lane}: ${lane}s`);
  const body = [
    ...free.map((name) => `const ${name} = params[${Object.keys(member.params).indexOf(name)}];`),
    'for (let i = 0; i < n; i++) {',
    ...loads.map((lane) => `  const ${lane} = ${lane}s[i];`),
    ...statements.map((line) => `  ${line}`),
    `  values[i] = scales[i] * ${results[0]};`,
    ...(wantGrad ? [`  grads[i] = scales[i] * ${results[1]};`] : []),
    '}',
  ];
  return `(n, { ${lanes.join(', ')} }${free.length > 0 ? ', params' : ''}) => {
${indent(body, 10)}
        }`;
}

const entries = formulas.family.flatMap((member) =>
  // The margin program of softmax serves hard labels at a sigmoid, too.
  (['sigmoid', 'softmax'] as const).map((link) => {
    const pairs = specialisations(member).map(
      (when) => `      {
        when: ${JSON.stringify(when)},
        value: ${program(member, link, when, false)},
        valueAndGrad: ${program(member, link, when, true)},
      },`,
    );
    return `  {
    formula: formulas.${member.key}.formula as Formula,
    link: '${link}',
    pairs: [
${pairs.join('\n')}
    ],
  },`;
  }),
);

const source = `// Written by scripts/emit.ts from the formulas of @focal-loss/core. Do not edit.
import { type Formula, formulas, type Link } from '@focal-loss/core';
import { expNegative, log1pUnit } from './elementary.ts';
import type { KernelPair } from './kernel.ts';
import { affineLow, sigmoidPow } from './ops.ts';

export const kernels: readonly { formula: Formula; link: Link; pairs: readonly KernelPair[] }[] = [
${entries.join('\n')}
];
`;
writeFileSync(new URL('../src/kernels.generated.ts', import.meta.url), source);
