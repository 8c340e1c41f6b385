/**
 * Writes src/wasm.generated.ts: the sigmoid members for hard labels as WebAssembly SIMD, four float32 at a time, once
 * with relaxed operations and once without.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { formulas, identifiers } from '@focal-loss/core';
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

const run = promisify(execFile);
const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');

/** One build, by a process of its own: both take as long as all else, and there are two cores nearly everywhere. */
async function compile(name: string, text: string, features: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-simd-'));
  try {
    writeFileSync(join(folder, 'kernels.ts'), text);
    const memory = ['--initialMemory', '8', '--memoryBase', '1024'];
    const enabled = features.flatMap((feature) => ['--enable', feature]);
    const args = ['kernels.ts', '-O3', '--runtime', 'stub', '--noAssert', ...memory, '-o', 'kernels.wasm', ...enabled];
    await run(process.execPath, [asc, ...args], { cwd: folder });
    return readFileSync(join(folder, 'kernels.wasm')).toString('base64');
  } catch (error) {
    throw new Error(`The build ${name}: ${(error as { stderr?: string }).stderr ?? error}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [plain, relaxed] = await Promise.all([
  compile('simd', source(operations('f32x4.add(f32x4.mul(a, b), c)', 'v128.bitselect(a, b, mask)')), ['simd']),
  compile('relaxed-simd', source(operations('f32x4.relaxed_madd(a, b, c)', 'i32x4.relaxed_laneselect(a, b, mask)')), [
    'simd',
    'relaxed-simd',
  ]),
]);
writeFileSync(
  fresh('src/wasm.generated.ts'),
  `// Written by scripts/emit-simd.ts from the formulas of @focal-loss/core. Do not edit.
import type { Written } from './kernel.ts';

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
