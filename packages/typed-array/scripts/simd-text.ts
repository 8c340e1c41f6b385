import { helpers } from '@focal-loss/core';
import { newGraph, type Vector } from '../src/simd/emit/graph.ts';
import { arithmetic, MAGIC, SHRINK } from '../src/simd/emit/recipes.ts';

/** What the constants of the recipes are called in the row kernels. */
const { end, perUnit, stepHigh, stepLow, exponential } = helpers.float32;
const CONSTANTS: Readonly<Record<string, number>> = {
  ...{ one: 1, end, perUnit, stepHigh, stepLow, magic: MAGIC, shrink: SHRINK, round: 1.5 * 2 ** 23, least: 2 ** -88 },
  ...Object.fromEntries(exponential.coefficients.map((value, i) => [`x${i + 2}`, value])),
};

/** A recipe of one argument as an AssemblyScript function, which takes its constants as well: engines would reload literal ones. */
export interface RowHelper {
  readonly code: string;
  /** A call of it; its constants go by their own names. */
  call(argument: string): string;
}

export function rowHelper({ name, says, write }: helpers.Recipe): RowHelper {
  const graph = newGraph(true);
  const argument = graph.lane('x');
  const uses = new Map<Vector, number>();
  const constants = new Map<Vector, string>();
  const visit = (vector: Vector) => {
    uses.set(vector, (uses.get(vector) ?? 0) + 1);
    if (uses.get(vector) === 1) vector.args.forEach(visit);
    const { setting } = vector;
    if (setting !== undefined && 'number' in setting) constants.set(vector, nameOf(setting.number));
  };
  const result = write(arithmetic(graph), argument);
  visit(result);

  const statements: string[] = [];
  const named = new Map([[argument, 'a'], ...constants]);
  const text = (vector: Vector): string => {
    const known = named.get(vector);
    if (known !== undefined) return known;
    const { instruction, args, by } = vector;
    const shift = by === undefined ? [] : [`${by}`];
    // Rounded once in the relaxed build and twice in the other.
    const operation = instruction === 'f32x4.relaxed_madd' ? 'madd' : instruction;
    const expression = `${operation}(${[...args.map(text), ...shift].join(', ')})`;
    if (Number(uses.get(vector)) < 2) return expression;
    const fresh = `t${statements.length}`;
    named.set(vector, fresh);
    statements.push(`  const ${fresh} = ${expression};`);
    return fresh;
  };
  const last = text(result);
  const takes = ['a', ...constants.values()];
  const declared = takes.map((each) => `${each}: v128`).join(', ');
  return {
    code: `/** ${says} */\n@inline\nfunction ${name}(${declared}): v128 {\n${statements.join('\n')}\n  return ${last};\n}`,
    call: (argument) => `${name}(${[argument, ...constants.values()].join(', ')})`,
  };
}

function nameOf(value: number): string {
  const [name] = Object.entries(CONSTANTS).find(([, constant]) => constant === value) ?? [];
  if (name === undefined) throw new Error(`The row kernels have no name for ${value}`);
  return name;
}

/** The static data of the constants. */
export const constantsData = (): string =>
  `const TABLE: usize = memory.data<f32>([${Object.values(CONSTANTS).join(', ')}]);`;

/** Statements that load the constants that `text` uses. */
export const prologue = (text: string): string[] =>
  Object.keys(CONSTANTS)
    .map((name, i) => [name, i] as const)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(text))
    .map(([name, i]) => `const ${name} = v128.load32_splat(TABLE, ${4 * i});`);
