/**
 * Writes src/helpers.generated.ts: core's recipes of exp, log1p and powers of sigmoids as JavaScript functions on float64,
 * with the tables of src/tables.ts.
 */
import { writeFileSync } from 'node:fs';
import { helpers } from '@focal-loss/core';

/** The recipes that kernels call; what these call in turn is written out in them. */
const { expNegative, log1pUnit, affineLow, sigmoidPow } = helpers;

/** Expressions with brackets around each sum and product; what gets a name goes to `write`, a statement each. */
function arithmetic(write: (statement: string) => void): helpers.Arithmetic<string> {
  const named = (name: string, value: string) => {
    write(`const ${name} = ${value};`);
    return name;
  };
  const binary = (sign: string) => (a: string, b: string) => `(${a} ${sign} ${b})`;
  const call = (name: string) => (a: string, b?: string) => `Math.${name}(${b === undefined ? a : `${a}, ${b}`})`;
  const none = (what: string) => () => {
    throw new Error(`No helper on float64 needs ${what}`);
  };
  const o: helpers.Arithmetic<string> = {
    format: helpers.float64,
    number: (value) => (value < 0 ? `(${value})` : String(value)),
    named,
    add: binary('+'),
    sub: binary('-'),
    mul: binary('*'),
    div: binary('/'),
    madd: (a, b, c) => `(${c} + ${a} * ${b})`,
    neg: (a) => `(-${a})`,
    abs: call('abs'),
    min: call('min'),
    max: call('max'),
    less: binary('<'),
    choose: (truth, a, b) => `(${truth} ? ${a} : ${b})`,
    polynomial: (x, xx = `(${x} * ${x})`, { coefficients }) => helpers.paired(o, x, xx, coefficients.map(String)),
    until: (end, a, power) => power(named('near', call('min')(a, end))),
    whole: (a, perUnit) => ({ k: named('k', `(${perUnit === undefined ? a : `${a} * ${perUnit}`} + 0.5) | 0`) }),
    scaleDown(rise, { k }) {
      const fraction = named('fraction', `FRACTIONS[${k} & 15]`);
      return `((${fraction} + ${fraction} * ${rise}) * POWERS[${k} >> 4])`;
    },
    split(a) {
      const big = named(`${a}Big`, `SPLITTER * ${a}`);
      const head = named(`${a}Head`, `${big} - (${big} - ${a})`);
      return { head, rest: named(`${a}Rest`, `${a} - ${head}`) };
    },
    near1(e) {
      const j = named('j', `(${e} * 32 + 0.5) | 0`);
      return { logC: `LOGS[${j}]`, s: named('s', `(${e} - ${j} * 0.03125) * INVERSES[${j}]`) };
    },
    call: (recipe, ...args) => recipe.write(o, ...args),
    floor: none('floor'),
    powerOfTwo: none('powerOfTwo'),
    fraction: none('fraction'),
  };
  return o;
}

function written({ name, says, takes, write }: helpers.Recipe): string {
  const statements: string[] = [];
  const result = write(
    arithmetic((statement) => statements.push(`  ${statement}`)),
    ...takes,
  );
  const args = takes.map((argument) => `${argument}: number`).join(', ');
  return `/** ${says.replaceAll('\n', ' ')} */\nexport function ${name}(${args}): number {\n${statements.join('\n')}\n  return ${result};\n}`;
}

const source = `// Written by scripts/emit-helpers.ts from the recipes of @focal-loss/core. Do not edit.
import { FRACTIONS, INVERSES, LOGS, POWERS, SPLITTER } from './tables.ts';

${[expNegative, log1pUnit, affineLow, sigmoidPow].map(written).join('\n\n')}
`;
writeFileSync(new URL('../src/helpers.generated.ts', import.meta.url), source);
