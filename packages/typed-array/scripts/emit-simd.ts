/**
 * Writes src/wasm.generated.ts: what kernels need beside the formula of a loss, as WebAssembly SIMD, four float32 at a time: looks at labels
 * and weights, rows of a softmax. Once with relaxed operations and once without.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { helpers } from '@focal-loss/core';
import { LAYOUT, MOST_PAGES, PAGES } from '../src/simd/memory.ts';
import { encoded, plainEdits } from './simd-plain.ts';
import { constantsData, prologue, rowHelper } from './simd-text.ts';

const fresh = (path: string) => new URL(`../${path}`, import.meta.url);

/** The row kernels are written by hand, but for the constants and core's recipes. */
const exponential = rowHelper(helpers.expNegative);
const rise = rowHelper(helpers.rise);
const BETWEEN = String.raw`\(((?:[^()]|\([^()]*\))*)\)`;
const constants = (text: string) => prologue(`${text} perUnit stepHigh stepLow round`).join('\n');
const assembly = (name: string) => readFileSync(fresh(`assembly/${name}.ts`), 'utf8');
const rowText = ['sums', 'far', 'margins', 'slopes', 'curves']
  .map(assembly)
  .join('\n\n')
  .replace(new RegExp(`EXP${BETWEEN}`, 'g'), (_, a: string) => exponential.call(a))
  .replace(new RegExp(`RISE${BETWEEN}`, 'g'), (_, r: string) => rise.call(r))
  .replaceAll('SUM_CONSTANTS', constants(`${rise.call('')} least`))
  .replaceAll('FAR_CONSTANTS', constants(`${rise.call('')} ${exponential.call('')}`));
const prelude = assembly('prelude');

/** Each thread has lanes of its own in a memory that all share: `base` says by how many bytes they lie behind those of the first. */
const places = [
  '// @ts-ignore: a declaration\n@external("env", "base") declare const base: usize;',
  ...Object.entries(LAYOUT).map(([name, at]) => `const ${name}: usize = ${at};`),
];
/** The operation of which the relaxed build has a faster one. */
const operations = (madd: string) =>
  `@inline\nfunction madd(a: v128, b: v128, c: v128): v128 {\n  return ${madd}(a, b, c);\n}`;
const source = (body: string) =>
  [...places, body, constantsData(), exponential.code, rise.code, prelude, rowText].join('\n\n');

const run = promisify(execFile);
const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');

/** One build, by a process of its own. */
async function compile(name: string, madd: string): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-simd-'));
  try {
    writeFileSync(join(folder, 'kernels.ts'), source(operations(madd)));
    const memory = [
      '--importMemory',
      '--initialMemory',
      `${PAGES}`,
      '--maximumMemory',
      `${MOST_PAGES}`,
      '--memoryBase',
      '1024',
    ];
    const enabled = ['--enable', 'simd', '--enable', 'relaxed-simd'];
    const args = ['kernels.ts', '-O3', '--runtime', 'stub', '--noAssert', ...memory, '-o', 'kernels.wasm', ...enabled];
    await run(process.execPath, [asc, ...args], { cwd: folder });
    return readFileSync(join(folder, 'kernels.wasm'));
  } catch (error) {
    throw new Error(`The build ${name}: ${(error as { stderr?: string }).stderr ?? error}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [relaxed, standIn] = await Promise.all([
  compile('relaxed', 'f32x4.relaxed_madd'),
  compile('with a stand-in', 'f32x4.relaxed_nmadd'),
]);
/** Where the module says whether the memory it is given is shared, right after that it wants one. */
const wantsMemory = '\x03env\x06memory\x02';
const sharedAt = Buffer.from(relaxed).indexOf(wantsMemory) + wantsMemory.length;
if (relaxed[sharedAt] !== 1) throw new Error(`The module wants a memory of kind ${relaxed[sharedAt]}`);
const edits = encoded(plainEdits(relaxed, standIn));
writeFileSync(
  fresh('src/wasm.generated.ts'),
  `// Written by scripts/emit-simd.ts from assembly/. Do not edit.

/** The module, with relaxed operations. In base64, bytes that repeat do not look alike: zipped, this is a fifth less. */
export const relaxed = '${Buffer.from(relaxed).toString('hex')}';

/** The byte that says which memory it is given: 1, or 3 if that is shared. */
export const sharedAt = ${sharedAt};

/** What makes it one without: see simd/plain.ts. */
export const plainEdits = {
  kinds: '${edits.kinds.join(' ')}'.split(' '),
  places: '${edits.places}',
};
`,
);
