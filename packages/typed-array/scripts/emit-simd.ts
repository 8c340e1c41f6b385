/**
 * Writes src/wasm.generated.ts: the sigmoid members for hard labels as WebAssembly SIMD, four float32 at a time, once
 * with relaxed operations and once without.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { formulas, identifiers } from '@focal-loss/core';
import asc from 'assemblyscript/asc';
import { LAYOUT } from '../src/simd/memory.ts';
import { simdKernel } from './simd-kernel.ts';
import { simdSyntax, UnsupportedInSimd } from './simd-syntax.ts';
import { specialisations } from './specialisations.ts';

const members = formulas.family.filter(({ links }) => links.includes('sigmoid'));
const syntax = simdSyntax(members.flatMap(({ params }) => Object.values(identifiers(Object.keys(params)))));
const fresh = (path: string) => new URL(`../${path}`, import.meta.url);

const kernels: string[] = [];
const index: string[] = [];
for (const member of members) {
  specialisations(member).forEach((when, i) => {
    const name = `${member.key}${i}`;
    try {
      kernels.push(
        simdKernel(syntax, member, when, ['value'], name),
        simdKernel(syntax, member, when, ['value', 'grad'], `${name}Grad`),
      );
      index.push(`  { key: '${member.key}', when: ${JSON.stringify(when)}, name: '${name}' },`);
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
    body,
    ...syntax.declarations(),
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
import type { Written } from './program.ts';

/** Which exported function evaluates which formula; with gradient it is called …Grad. */
export const simdKernels: readonly (Written & { name: string })[] = [
${index.join('\n')}
];

export const modules = {
  'relaxed-simd': '${relaxed}',
  simd: '${plain}',
};
`,
);
