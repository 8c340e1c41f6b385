/** How logits and gradients lie in buffers. Targets, weights and values are float32 always. */
export type Dtype = 'float32' | 'float16';

/** How targets lie in buffers: as float32, or as whole numbers, of uint8 four to a word. */
export type Targets = 'float32' | 'uint32' | 'int32' | 'uint8';

/** Bytes of one target. */
export const bytesOfTarget = (targets: Targets): number => (targets === 'uint8' ? 1 : 4);

/** Bytes of one logit. */
export const bytesOf = (dtype: Dtype): number => (dtype === 'float16' ? 2 : 4);

/**
 * Bits, not floats: compilers may take NaN for absent, and then no comparison finds it. Infinite and not is told by the
 * exponent alone.
 */
export const BITS = `const NAN = 0x7fc00000u;
const INFINITY = 0x7f800000u;

fn isNan(bits: u32) -> bool {
  return (bits & 0x7fffffffu) > INFINITY;
}

fn isFinite(bits: u32) -> bool {
  return (bits & INFINITY) != INFINITY;
}`;

/** What buffers of logits and gradients have, of which four are read and written at a time or one. */
export const storedAs = (dtype: Dtype, four: boolean): string =>
  dtype === 'float16' ? (four ? 'vec2u' : 'u32') : four ? 'vec4u' : 'u32';

/** Half i of a buffer of words. */
export const halfOf = (buffer: string, four: boolean): string =>
  four ? halfIn(`${buffer}[i / 4u][i / 2u % 2u]`) : halfIn(`${buffer}[i / 2u]`);

/** Half i of the word that it lies in. */
export const halfIn = (word: string): string => `(${word} >> (16u * (i % 2u))) & 0xffffu`;

/** `fn logit(i: u32) -> u32`: the bits of logit i as float32; of float16, read four at a time, also `fn logitsAt(i: u32) -> vec4u`. */
export function logitFunction(dtype: Dtype, four = false): string {
  if (dtype === 'float32') return 'fn logit(i: u32) -> u32 {\n  return logits[i];\n}';
  const one = `fn logit(i: u32) -> u32 {\n  return wide(${halfOf('logits', four)});\n}`;
  if (!four) return [WIDE, one].join('\n\n');
  return [WIDE, WIDE_FOUR, one, 'fn logitsAt(i: u32) -> vec4u {\n  return wideFour(logits[i]);\n}'].join('\n\n');
}

/** Of float16: bits of float16 → bits of float32. No branch: nearly all halves are normal numbers, and all are done at once. */
const WIDE = wide('wide(half: u32) -> u32', '', 'u32', 'f32');

/** The same of four in two words. */
const WIDE_FOUR = wide(
  'wideFour(words: vec2u) -> vec4u',
  '  let half = vec4u(words.x & 0xffffu, words.x >> 16u, words.y & 0xffffu, words.y >> 16u);\n',
  'vec4u',
  'vec4f',
);

function wide(head: string, first: string, u: string, f: string): string {
  const all = (number: string) => (u === 'u32' ? number : `${u}(${number})`);
  return `/// The bits of float16 as float32. Below 2^-14 steps are of 2^-24.
fn ${head} {
${first}  let size = half & ${all('0x7fffu')};
  let normal = (size << ${all('13u')}) + select(${all('0x38000000u')}, ${all('0x70000000u')}, size >= ${all('0x7c00u')});
  let small = bitcast<${u}>(${f}(size) * 0x1p-24f);
  return ((half & ${all('0x8000u')}) << ${all('16u')}) | select(normal, small, size < ${all('0x400u')});
}`;
}

/** How `targets` are bound, of logits that are bound as `bits`. */
export const targetsType = (targets: Targets, bits: string): string => (targets === 'uint8' ? 'u32' : bits);

/** The bits, as float32, of target i, or where targets are read four at a time of the i-th four. */
export const labelAt = (targets: Targets, i: string): string =>
  targets === 'float32' ? `targets[${i}]` : `targetAt(${i})`;

/** `fn targetAt(i: u32)`, of targets that are whole numbers. */
export function labelFunction(targets: Targets, four = false): string {
  const [bits, floats] = four ? ['vec4u', 'vec4f'] : ['u32', 'f32'];
  const numbers = {
    float32: '',
    uint32: 'targets[i]',
    int32: `bitcast<${four ? 'vec4i' : 'i32'}>(targets[i])`,
    uint8: four
      ? '(vec4u(targets[i]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu)'
      : '(targets[i / 4u] >> (8u * (i % 4u))) & 0xffu',
  }[targets];
  return `/// The bits of a target as float32.
fn targetAt(i: u32) -> ${bits} {
  return bitcast<${bits}>(${floats}(${numbers}));
}`;
}

/** Of float16 gradients: bits of float32 → bits of float16. */
export const NARROW = narrow('halfBits(bits: u32) -> u32', 'u32', 'f32', (half) => `return ${half};`);

/** The same of four, in two words. */
export const NARROW_FOUR = narrow(
  'halvesOf(bits: vec4u) -> vec2u',
  'vec4u',
  'vec4f',
  (halves) => `let half = ${halves};
  return half.xz | (half.yw << vec2u(16u));`,
);

function narrow(head: string, u: string, f: string, end: (half: string) => string): string {
  const all = (number: string) => (u === 'u32' ? number : `${u}(${number})`);
  return `/// The bits of the nearest float16 (ties to even). Below 2^-14 steps are of 2^-24, as those of a half are.
fn ${head} {
  let size = bits & ${all('0x7fffffffu')};
  let normal = (size - ${all('0x38000000u')} + ${all('0xfffu')} + ((size >> ${all('13u')}) & ${all('1u')})) >> ${all('13u')};
  let small = ${u}(round(bitcast<${f}>(min(size, ${all('0x38800000u')})) * 0x1p24f));
  let near = select(min(normal, ${all('0x7c00u')}), small, size < ${all('0x38800000u')});
  ${end(`((bits >> ${all('16u')}) & ${all('0x8000u')}) | select(near, ${all('0x7e00u')}, size > ${all('INFINITY')})`)}
}`;
}

/** Writes one half of a word; where the other half may be another invocation's, nothing in between is lost. */
export const storeHalf = (four: boolean): string =>
  four
    ? `fn storeHalf(i: u32, half: u32) {
  let shift = 16u * (i % 2u);
  grad[i / 4u][i / 2u % 2u] = (grad[i / 4u][i / 2u % 2u] & ~(0xffffu << shift)) | (half << shift);
}`
    : `/// Writes one half of a word whose other half is somebody else's.
fn storeHalf(i: u32, half: u32) {
  let shift = 16u * (i % 2u);
  atomicAnd(&grad[i / 2u], ~(0xffffu << shift));
  atomicOr(&grad[i / 2u], half << shift);
}`;
