import { type Derivative, type Label, type Member, program } from '@focal-loss/core';
import { type SimdSyntax, UnsupportedInSimd } from './simd-syntax.ts';

/** Where loops leave for the next one what both need, in lanes that the caller does not see. */
const LEFT = ['LEFT', 'LEFT_TOO'];

/**
 * The AssemblyScript function that computes a member: at a sigmoid for hard labels or for any, or at softmax margins. Those for any
 * know no α, which the members they are for have not; those at margins no factor, as a row is little beside its classes.
 *
 * The loop is cut in two after the exponential, because a processor overlaps turns of a loop only as far as its reorder
 * buffer reaches: two short loops run twice as fast as one long one.
 *
 * What it reads and writes may lie anywhere in memory; a result may lie over what is read, entry on entry.
 */
export function simdKernel(
  syntax: SimdSyntax,
  member: Member,
  when: Record<string, number>,
  wants: readonly Derivative[],
  name: string,
  label: Label = 'hard',
): string {
  const { params, cut } = program(member, syntax, { label, wants, literals: when });
  const { first, second, between } = cut();

  // What both halves need and is dear goes on as well.
  const dear = first.statements.filter((line) => line.includes(' = affineLow(') && second.statements.includes(line));
  const shared = [...first.results, ...dear.map((line) => line.split(' ')[1])];
  const names = [...between, ...shared.slice(between.length)];
  const places = LEFT.slice(0, shared.length);
  if (places.length < shared.length) throw new UnsupportedInSimd(`${between.length} exponentials`);

  const exponentials = [
    ...first.statements,
    ...places.map((place, i) => `v128.store(base + at, ${shared[i]}, ${place});`),
  ];
  const results = [
    ...places.map((place, i) => `const ${names[i]} = v128.load(base + at, ${place});`),
    ...params
      .reduce((lines, { name }) => cancelled(lines, name), second.statements)
      .filter((line) => !dear.includes(line)),
    ...(label === 'margin' ? [] : [FACTOR[label]]),
    ...wants.flatMap((part, i) => [
      `const ${part}Result = ${label === 'margin' ? second.results[i] : `f32x4.mul(factor, ${second.results[i]})`};`,
      `v128.store(${part}At + at, ${part}Result);`,
    ]),
    'sum = f64x2.add(sum, widen(valueResult));',
  ];
  const loops = [exponentials, results].map((statements) => [...inputs(statements.join('\n')), ...statements]);
  const body = loops.flat().join('\n');
  const lines = [
    ...syntax.prologue(body),
    ...settings(Object.keys(member.params), Object.fromEntries(params.map(({ key, name }) => [key, name])), body),
    'let sum = f64x2.splat(0);',
    ...loops.flatMap((statements) => ['for (let at = 0; at < n << 2; at += 16) {', ...statements, '}']),
    'return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);',
  ];
  return `export function ${name}(${PARAMETERS}): f64 {\n${lines.join('\n')}\n}`;
}

const PARAMETERS = [
  'n: i32',
  ...['factors', 'xAt', 'yAt', 'valueAt', 'gradAt', 'hessAt'].map((name) => `${name}: usize`),
];

/** What a loss and its slope are multiplied by. */
const FACTOR = {
  any: 'const factor = v128.load(factors + at);',
  hard: 'const factor = v128.xor(v128.load(factors + at), v128.and(isPositive, change));',
};

/** Statements without a product with a parameter that is then divided by it, as in the slope of softplus(γz + β)/γ. */
function cancelled(statements: readonly string[], name: string): readonly string[] {
  const text = statements.join('\n');
  for (const line of statements) {
    const [, product, factor] = new RegExp(`^const (\\w+) = f32x4\\.mul\\((.+), ${name}\\);$`).exec(line) ?? [];
    const quotient = `f32x4.mul(${product}, ${name}Inverse)`;
    if (product === undefined || text.split(new RegExp(`\\b${product}\\b`)).length !== 3 || !text.includes(quotient))
      continue;
    return statements.map((each) =>
      each === line ? `const ${product} = ${factor};` : each.replace(quotient, product),
    );
  }
  return statements;
}

/** What a loop's statements read of the label and the logit. */
function inputs(text: string): string[] {
  const reads = (name: string) => new RegExp(`\\b${name}\\b`).test(text);
  const side = reads('side');
  const turn = side || reads('turn');
  return [
    ...(turn || reads('isPositive') ? ['const isPositive = f32x4.gt(v128.load(yAt + at), zero);'] : []),
    // The bit that changes the sign of what belongs to a negative.
    ...(turn ? ['const turn = v128.andnot(signBit, isPositive);'] : []),
    ...(side ? ['const side = v128.xor(turn, one);'] : []),
    ...(reads('y') ? ['const y = v128.load(yAt + at);'] : []),
    ...(reads('x') ? ['const x = v128.load(xAt + at);'] : []),
    ...(reads('low') ? ['const low = v128.load(base + at, MARGIN_LOW);'] : []),
  ];
}

/**
 * What the caller has put into memory before the loops, of which `text` may need a part. Not arguments: engines move
 * what is made of arguments alone into the loop that uses it, and make it anew in every turn.
 */
const settings = (keys: readonly string[], names: Readonly<Record<string, string>>, text: string) =>
  keys
    .flatMap((key) => ['', 'Low', 'Head', 'Rest', 'Inverse'].map((part) => `${names[key]}${part}`))
    .map((name, i) => [name, i] as const)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(text))
    .map(([name, i]) => `const ${name} = v128.load32_splat(base, PARAMS + ${4 * i});`);
