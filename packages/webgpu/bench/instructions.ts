/**
 * Instructions of NVIDIA's sm_86 that the main path takes for a logit: the loop's text as CUDA C++, compiled for twelve turns and for
 * four, the difference divided. Started as `node --import tsx`, with nvcc on the PATH; no GPU is needed.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Loss, qualityFocal, sigmoidCrossEntropy, sigmoidFocal } from '@focal-loss/core';
import { kernel } from '../src/kernel.ts';
import type { KernelSpec } from '../src/spec.ts';
import { usual } from '../test/usual.ts';

const HEADER = `typedef unsigned int u32; typedef float f32;
struct vec2f { f32 x, y; }; struct vec4f { f32 x, y, z, w; };
struct alignas(16) vec4u { u32 x, y, z, w; };
struct vec2u { u32 x, y; };
template <class T> __device__ T select(T a, T b, bool c) { return c ? b : a; }
__device__ vec2f operator*(f32 a, vec2f b) { return {a * b.x, a * b.y}; }
__device__ f32 asF32(u32 a) { return __uint_as_float(a); }
__device__ u32 asU32(f32 a) { return __float_as_uint(a); }
__device__ u32 asU32(bool a) { return a; }
__device__ vec4u asU32(vec4f a) { return {asU32(a.x), asU32(a.y), asU32(a.z), asU32(a.w)}; }
#define round rintf
#undef NAN
#undef INFINITY
__device__ f32 sign(f32 a) { return a == 0.0f ? 0.0f : copysignf(1.0f, a); }
#define exp2 exp2f
`;

/** WGSL of one line, which has no loops, as C++. */
const inCuda = (text: string): string =>
  text
    .replace(/^\/\/.*$/gm, '')
    .replace(/\b(\d+\.\d+)\b/g, '$1f')
    .replace(/^const (\w+) = /gm, '#define $1 ')
    .replace(/^(#define .*);$/gm, '$1')
    .replace(/bitcast<(?:vec4)?f(?:32)?>/g, 'asF32')
    .replace(/bitcast<(?:vec4)?u(?:32)?>/g, 'asU32')
    .replace(/bitcast<i32>/g, '(int)')
    .replace(/struct (\w+) \{([^}]*)\}/g, (_, name, fields) => {
      const typed = fields.split(',').map((field: string) => field.replace(/\s*(\w+): (\w+)\s*/, '$2 $1;'));
      return `struct ${name} { ${typed.join(' ')} };`;
    })
    .replace(/fn (\w+)\(([^)]*)\) -> (\w+) \{/g, (_, name, params, type) => {
      return `__device__ ${type} ${name}(${params.replace(/(\w+): (\w+)/g, '$2 $1')}) {`;
    })
    .replace(/\b(let|var) /g, 'auto ')
    .replace(
      /\b(?<!struct |__device__ )(vec[24]f|Sum|Point|Scaled)\(((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*)\)/g,
      '$1{$2}',
    );

function size(loss: Loss, spec: Partial<KernelSpec>, turns: number, folder: string): number {
  const text = kernel({ ...usual, ...spec, loss });
  const need = (name: string) => text.slice(text.indexOf(`fn ${name}(`)).split('\n}')[0];
  const functions = Array.from(text.matchAll(/^fn (\w+)\(/gm), ([, name]) => name).filter(
    (name) => !['main', 'plus', 'withTerm', 'groupSum', 'entry', 'loss', 'teamSum', 'teamMax'].includes(name),
  );
  const structs = Array.from(text.matchAll(/^struct .*$/gm), ([line]) => line);
  const consts = Array.from(text.matchAll(/^const .*$/gm), ([line]) => line);
  const turn = text.split('let i = first + turn * stride;')[1].split('\n    }\n    for (; rare')[0];
  const buffers: readonly string[][] = Array.from(text.matchAll(/var<storage, (\w+)> (\w+): array<(\w+)>/g)).filter(
    ([, , n]) => n !== 'partials',
  );
  const params = buffers.map(
    ([, access, name, type]) => `${access === 'read' ? 'const ' : ''}${type}* __restrict__ ${name}`,
  );
  const code = `${HEADER}${inCuda([...consts, ...structs].join('\n'))}
__constant__ Call call;
${inCuda(functions.map((name) => `${need(name)}\n}`).join('\n'))}
extern "C" __global__ void turns(${params.join(', ')}, Sum* sums, u32 stride, u32* rares) {
  u32 first = blockIdx.x * 64u + threadIdx.x; Sum own = sums[first]; u32 rare = 0u;
  ${Array.from({ length: turns }, (_, k) => `{ const u32 turn = ${k}u; u32 i = first + turn * stride; ${inCuda(turn)} }`).join('\n')}
  sums[first] = own; rares[first] = rare;
}`;
  writeFileSync(join(folder, 'k.cu'), code);
  const { status, stderr } = spawnSync('nvcc', [...FLAGS, '-o', join(folder, 'k.cubin'), join(folder, 'k.cu')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return textSize(readFileSync(join(folder, 'k.cubin'))) / 16;
}

/** As drivers compile shaders: small numbers flushed, division approximate. */
const FLAGS = ['-arch=sm_86', '-cubin', '-ftz=true', '-prec-div=false', '-prec-sqrt=false', '-Xptxas', '-O3'];

/** Bytes of the section that has the code, an instruction of 16 each, without what fills it up at the end. */
function textSize(elf: Buffer): number {
  const at = Number(elf.readBigUInt64LE(0x28));
  const [entry, count, names] = [elf.readUInt16LE(0x3a), elf.readUInt16LE(0x3c), elf.readUInt16LE(0x3e)];
  const header = (i: number) => at + i * entry;
  const strings = Number(elf.readBigUInt64LE(header(names) + 0x18));
  for (let i = 0; i < count; i++) {
    const from = strings + elf.readUInt32LE(header(i));
    if (elf.toString('latin1', from, from + 11) === '.text.turns') return Number(elf.readBigUInt64LE(header(i) + 0x20));
  }
  throw new Error('no code');
}

const folder = mkdtempSync(join(tmpdir(), 'instructions-'));
const { error } = spawnSync('nvcc', ['--version']);
if (error) console.log(`not run: no nvcc (${error.message})`);
else {
  for (const [name, loss, spec] of [
    ['sigmoid focal, γ = 2', sigmoidFocal(), {}],
    ['sigmoid focal, γ = 2, α', sigmoidFocal({ alpha: 0.25 }), {}],
    ['sigmoid focal, γ = 2, weights', sigmoidFocal(), { weighted: true }],
    ['sigmoid focal, γ = 2, ignored', sigmoidFocal({ ignoreIndex: -1 }), {}],
    ['sigmoid focal, γ = 1.5', sigmoidFocal({ gamma: 1.5 }), {}],
    ['cross-entropy', sigmoidCrossEntropy(), {}],
    ['quality focal', qualityFocal(), {}],
  ] as const) {
    const logits = 4 * 8;
    const many = size(loss, spec, 12, folder);
    const few = size(loss, spec, 4, folder);
    console.log(`${name.padEnd(32)}${((many - few) / logits).toFixed(1).padStart(6)} instructions a logit`);
  }
}
rmSync(folder, { recursive: true });
