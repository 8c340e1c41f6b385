/**
 * Writes src/wasm.generated.ts: the sigmoid members for hard labels as WebAssembly SIMD, four float32 at a time, and those
 * whose labels are qualities for any label; once with relaxed operations and once without.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Derivative, formulas, identifiers, type Label, type Member } from '@focal-loss/core';
import { LAYOUT, MOST_PAGES, PAGES } from '../src/simd/memory.ts';
import { simdKernel } from './simd-kernel.ts';
import { encoded, plainEdits } from './simd-plain.ts';
import { simdSyntax, UnsupportedInSimd } from './simd-syntax.ts';
import { specialisations } from './specialisations.ts';

const members = formulas.family.filter(({ links }) => links.includes('sigmoid'));
/** Those at a softmax whose targets are class indices. */
const ofRows = members.filter(({ links }) => links.includes('softmax'));
const syntax = simdSyntax(members.flatMap(({ params }) => Object.values(identifiers(Object.keys(params)))));
const fresh = (path: string) => new URL(`../${path}`, import.meta.url);

/** Each kernel once, under the first name it was given: switches that say nothing of hard labels make no other. */
const kernels = new Map<string, string>();
const NAME = 'KERNEL';
function kernel(member: Member, when: Record<string, number>, wants: readonly Derivative[], label?: Label): string {
  // What differs in the names of parameters alone does not differ.
  const names = Object.values(identifiers(Object.keys(member.params)));
  const code = simdKernel(syntax, member, when, wants, NAME, label).replace(
    new RegExp(`\\b(${names.join('|') || 'none'})(?=(Low|Head|Rest|Inverse)?\\b)`, 'g'),
    (name) => `param${names.indexOf(name)}`,
  );
  const known = kernels.get(code) ?? `${member.key}${kernels.size}`;
  kernels.set(code, known);
  return known;
}

/** Where labels are apart formulas are long, and written once, with the gradient: values alone are what that leaves. */
const isLong = ({ labels }: Member) => labels === 'apart';
/** What is left to JavaScript, for the size of the package. */
const isRare = ({ key }: Member, { detach, gammaPositive }: Record<string, number>) =>
  key === 'asymmetric' && detach === 1 && gammaPositive === undefined;
/** The members whose labels are qualities, and the switches they are written for. */
const SOFT: Readonly<Record<string, readonly Record<string, number>[]>> = {
  qualityFocal: [{ beta: 2 }, {}],
  varifocal: [
    { iouWeighted: 1, detach: 0 },
    { iouWeighted: 1, detach: 1 },
  ],
  iouAwareCrossEntropy: [{}],
  matchabilityAware: [{}],
};
/** Of these, the members whose formula for hard labels is no shorter. */
const ALWAYS_SOFT = ['iouAwareCrossEntropy'];

/** The members that boosting takes, which asks for second derivatives as often as for the gradient. */
const CURVED = ['crossEntropy', 'focal'];

const index: string[] = [];
const softIndex: string[] = [];
for (const member of members) {
  const { key } = member;
  for (const when of SOFT[key] ?? []) {
    const name = kernel(member, when, ['value', 'grad'], 'any');
    const entry = `  { key: '${key}', when: ${JSON.stringify(when)}, value: '${name}', grad: '${name}' },`;
    softIndex.push(entry);
    if (ALWAYS_SOFT.includes(key)) index.push(entry);
  }
  for (const when of ALWAYS_SOFT.includes(key) ? [] : specialisations(member)) {
    if (isRare(member, when)) {
      console.log(`${key} ${JSON.stringify(when)}: no SIMD kernel, for the size of the package`);
      continue;
    }
    try {
      const grad = kernel(member, when, ['value', 'grad']);
      const value = isLong(member) ? grad : kernel(member, when, ['value']);
      const hess = CURVED.includes(key) ? `, hess: '${kernel(member, when, ['value', 'grad', 'hess'])}'` : '';
      index.push(`  { key: '${key}', when: ${JSON.stringify(when)}, value: '${value}', grad: '${grad}'${hess} },`);
    } catch (error) {
      if (!(error instanceof UnsupportedInSimd)) throw error;
      console.log(`${key} ${JSON.stringify(when)}: no SIMD kernel for ${error.message}`);
    }
  }
}

/** Margins are few beside the logits they come from: beside γ = 2 one kernel a member, which gives the slope in any case. */
const rowIndex = ofRows.flatMap((member) =>
  (member.key === 'focal' ? [{ gamma: 2 }, {}] : [{}]).map((when) => {
    const name = kernel(member, when, ['value', 'grad'], 'margin');
    return `  { key: '${member.key}', when: ${JSON.stringify(when)}, value: '${name}', grad: '${name}' },`;
  }),
);

/** The row kernels are written by hand, but for the constants and the exponential: near 1 it needs neither bounds nor a last step. */
const BETWEEN = String.raw`\(((?:[^()]|\([^()]*\))*)\)`;
const constantsOf = (text: string) => syntax.prologue(text).join('\n');
const rowText = readFileSync(fresh('assembly/softmax.ts'), 'utf8')
  .replace(new RegExp(`EXP_NEAR_LOW${BETWEEN}`, 'g'), (_, given: string) => syntax.expNear('expNearLow', given))
  .replace(new RegExp(`EXP_NEAR${BETWEEN}`, 'g'), (_, given: string) => syntax.expNear('expNear', given))
  .replace(new RegExp(`EXP${BETWEEN}`, 'g'), (_, a: string) => `${syntax.expNegative?.(a)}`)
  .replaceAll('NEAR_CONSTANTS', constantsOf(`${syntax.expNear('', '')} magic`))
  .replaceAll('FAR_CONSTANTS', constantsOf(`${syntax.expNear('', '')} ${syntax.expNegative?.('')}`));

/** Each thread has lanes of its own in a memory that all share: `base` says by how many bytes they lie behind those of the first. */
const places = [
  '// @ts-ignore: a declaration\n@external("env", "base") declare const base: usize;',
  ...Object.entries(LAYOUT).map(([name, at]) => `const ${name}: usize = ${at};`),
];
/** The operations of which the relaxed build has faster ones. */
const operations = (madd: string, select: string) =>
  `@inline\nfunction madd(a: v128, b: v128, c: v128): v128 {\n  return ${madd}(a, b, c);\n}

/** Lane by lane \`a\` where \`mask\` is all ones, \`b\` where it is 0. */
@inline\nfunction select(a: v128, b: v128, mask: v128): v128 {\n  return ${select}(a, b, mask);\n}`;
const source = (body: string) =>
  [
    ...places,
    body,
    ...syntax.declarations(),
    readFileSync(fresh('assembly/prelude.ts'), 'utf8'),
    rowText,
    ...Array.from(kernels, ([code, name]) => code.replace(NAME, name)),
  ].join('\n\n');

const run = promisify(execFile);
const asc = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js');

/** One build, by a process of its own. */
async function compile(name: string, madd: string, select: string): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-simd-'));
  try {
    writeFileSync(join(folder, 'kernels.ts'), source(operations(madd, select)));
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
  compile('relaxed', 'f32x4.relaxed_madd', 'i32x4.relaxed_laneselect'),
  compile('with stand-ins', 'f32x4.relaxed_nmadd', 'i8x16.relaxed_laneselect'),
]);
/** Where the module says whether the memory it is given is shared, right after that it wants one. */
const wantsMemory = '\x03env\x06memory\x02';
const sharedAt = Buffer.from(relaxed).indexOf(wantsMemory) + wantsMemory.length;
if (relaxed[sharedAt] !== 1) throw new Error(`The module wants a memory of kind ${relaxed[sharedAt]}`);
const edits = encoded(plainEdits(relaxed, standIn));
writeFileSync(
  fresh('src/wasm.generated.ts'),
  `// Written by scripts/emit-simd.ts from the formulas of @focal-loss/core. Do not edit.
import type { Written } from './kernel.ts';

/** Which exported functions evaluate which formula. */
export interface SimdKernel extends Written {
  readonly value: string;
  readonly grad: string;
  /** The kernel that gives second derivatives, too. */
  readonly hess?: string;
}

/** For hard labels. */
export const simdKernels: readonly SimdKernel[] = [
${index.join('\n')}
];

/** For any label in [0, 1]. */
export const softKernels: readonly SimdKernel[] = [
${softIndex.join('\n')}
];

/** At the margins of softmax rows. */
export const rowKernels: readonly SimdKernel[] = [
${rowIndex.join('\n')}
];

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
