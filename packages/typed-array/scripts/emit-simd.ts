/**
 * Writes src/wasm.generated.ts: the sigmoid members for hard labels as WebAssembly SIMD, four float32 at a time, once
 * with relaxed operations and once without.
 *
 * A member f of the family is symmetric, f(x, y) = f(−x, 1−y): for a hard label it is f(z, 1) at z = (2y−1)x, the
 * same program as a softmax's. The loop is cut in two after the exponential, because a processor overlaps turns of a
 * loop only as far as its reorder buffer reaches: two short loops run twice as fast as one long one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { formulas, type Member, textOps, valueAndDerivative } from '@focal-loss/core';
import asc from 'assemblyscript/asc';
import { LAYOUT } from '../src/memory.ts';
import { simdSyntax, UnsupportedInSimd } from './simd-syntax.ts';
import { specialisations } from './specialisations.ts';

const syntax = simdSyntax();
const fresh = (path: string) => new URL(`../${path}`, import.meta.url);

/**
 * What the caller has put into memory before the loops, of which `text` may need a part. Not arguments: engines move
 * what is made of arguments alone into the loop that uses it, and make it anew in every turn.
 */
const settings = (params: readonly string[], text: string) =>
  ['middle', 'halfDifference', ...params.flatMap((name) => [name, `${name}Low`, `${name}Head`, `${name}Rest`])]
    .map((name, i) => [name, i] as const)
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(text))
    .map(([name, i]) => `const ${name} = v128.load32_splat(SETTINGS, ${4 * i});`);

function kernel(member: Member, when: Record<string, number>, wantGrad: boolean, name: string): string {
  const { ops, program, decays } = textOps(syntax);
  const names = Object.keys(member.params);
  const params = Object.fromEntries(
    names.map((param) => [param, param in when ? ops.constant(when[param]) : { code: param }]),
  );
  const { value, derivative } = valueAndDerivative(member.formula, ops, { code: 'x' }, ops.constant(1), params);
  const results = wantGrad ? [value, derivative] : [value];
  if (decays.length !== 1) throw new UnsupportedInSimd(`A formula of ${decays.length} exponentials`);
  const first = program(decays);
  const second = program(results, decays);

  const margin = [
    'const y = v128.load(at, Y);',
    'const side = f32x4.sub(f32x4.add(y, y), one);',
    'const x = f32x4.mul(side, v128.load(at, X));',
  ];
  const [e] = decays;
  // |z| = |x|: where the exponential needs no more, it need not know the label.
  const needsSide = /\bx\b/.test(first.statements.join().replaceAll('f32x4.abs(x)', ''));
  const firstLoop = [
    ...(needsSide ? margin : ['const x = v128.load(at, X);']),
    ...first.statements,
    `v128.store(at, ${first.results[0]}, GRAD);`,
  ];
  const secondLoop = [
    ...margin,
    `const ${e.code} = v128.load(at, GRAD);`,
    ...second.statements,
    'const scale = f32x4.mul(madd(side, halfDifference, middle), v128.load(weights + at));',
    `const scaled = f32x4.mul(scale, ${second.results[0]});`,
    'v128.store(at, scaled, VALUE);',
    'sum = f64x2.add(sum, widen(scaled));',
    ...(wantGrad ? [`v128.store(at, f32x4.mul(f32x4.mul(side, scale), ${second.results[1]}), GRAD);`] : []),
  ];
  const body = [...firstLoop, ...secondLoop].join('\n');
  const lines = [
    ...syntax.prologue(body),
    'const headMask = v128.load32_splat(HEAD_MASK);',
    ...settings(names, body),
    'let sum = f64x2.splat(0);',
    'for (let at = 0; at < n << 2; at += 16) {',
    ...firstLoop,
    '}',
    'for (let at = 0; at < n << 2; at += 16) {',
    ...secondLoop,
    '}',
    'return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);',
  ];
  return `export function ${name}(n: i32, weights: usize): f64 {\n${lines.join('\n')}\n}`;
}

const kernels: string[] = [];
const index: string[] = [];
for (const member of formulas.family.filter(({ links }) => links.includes('sigmoid'))) {
  specialisations(member).forEach((when, i) => {
    const name = `${member.key}${i}`;
    try {
      kernels.push(kernel(member, when, false, name), kernel(member, when, true, `${name}Grad`));
      index.push(
        `  { formula: formulas.${member.key}.formula as Formula, when: ${JSON.stringify(when)}, name: '${name}' },`,
      );
    } catch (error) {
      if (!(error instanceof UnsupportedInSimd)) throw error;
      console.log(`${member.key} ${JSON.stringify(when)}: no SIMD kernel for ${error.message}`);
    }
  });
}

/** The row kernels are written by hand, but for the constants and the call of the exponential. */
const rowKernels = readFileSync(fresh('assembly/softmax.ts'), 'utf8')
  .replace(/EXP\(((?:[^()]|\([^()]*\))*)\)/g, (_, a: string) => syntax.expNegative?.(a) ?? '')
  .replace('ROW_CONSTANTS', syntax.prologue(`${syntax.expNegative?.('')}`).join('\n'));

const places = Object.entries(LAYOUT).map(([name, at]) => `const ${name}: usize = ${at};`);
/** The operations of which the relaxed build has faster ones. */
const operations = (madd: string, select: string) =>
  `@inline\nfunction madd(a: v128, b: v128, c: v128): v128 {\n  return ${madd};\n}

/** Lane by lane \`a\` where \`mask\` is all ones, \`b\` where it is 0. */
@inline\nfunction select(a: v128, b: v128, mask: v128): v128 {\n  return ${select};\n}`;
const source = (body: string) =>
  [
    ...places,
    `const TABLE: usize = memory.data<f32>([${syntax.table()}]);`,
    'const HEAD_MASK: usize = memory.data<u32>([0xfffff000]);',
    body,
    readFileSync(fresh('assembly/prelude.ts'), 'utf8'),
    rowKernels,
    ...kernels,
  ].join('\n\n');

async function compile(text: string, features: string[]): Promise<string> {
  let wasm: Uint8Array = new Uint8Array();
  const { error, stderr } = await asc.main(
    [
      'kernels.ts',
      '-O3',
      '--runtime',
      'stub',
      '--noAssert',
      '--initialMemory',
      '8',
      '--memoryBase',
      '1024',
      '-o',
      'kernels.wasm',
      ...features.flatMap((feature) => ['--enable', feature]),
    ],
    {
      readFile: (name: string) => (name === 'kernels.ts' ? text : null),
      writeFile: (_name: string, contents: Uint8Array | string) => {
        if (typeof contents !== 'string') wasm = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return Buffer.from(wasm).toString('base64');
}

const plain = await compile(source(operations('f32x4.add(f32x4.mul(a, b), c)', 'v128.bitselect(a, b, mask)')), [
  'simd',
]);
const relaxed = await compile(
  source(operations('f32x4.relaxed_madd(a, b, c)', 'i32x4.relaxed_laneselect(a, b, mask)')),
  ['simd', 'relaxed-simd'],
);
writeFileSync(
  fresh('src/wasm.generated.ts'),
  `// Written by scripts/emit-simd.ts from the formulas of @focal-loss/core. Do not edit.
import { type Formula, formulas } from '@focal-loss/core';

/** Which exported function evaluates which formula, for which parameters; with gradient it is called …Grad. */
export const simdKernels: readonly { formula: Formula; when: Readonly<Record<string, number>>; name: string }[] = [
${index.join('\n')}
];

export const modules = {
  'relaxed-simd': '${relaxed}',
  simd: '${plain}',
};
`,
);
