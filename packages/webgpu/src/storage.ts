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

/** `fn logit(i: u32) -> u32`: the bits of logit i as float32. */
export const logitFunction = (dtype: Dtype): string =>
  dtype === 'float32'
    ? `fn logit(i: u32) -> u32 {
  return logits[i];
}`
    : `/// The bits of logit i as float32; two lie in each word.
fn logit(i: u32) -> u32 {
  let half = (logits[i / 2u] >> (16u * (i % 2u))) & 0xffffu;
  let sign = (half & 0x8000u) << 16u;
  let size = half & 0x7fffu;
  if (size < 0x400u) { return sign | bitcast<u32>(f32(size) * 0x1p-24f); }
  return sign | ((size << 13u) + select(0x38000000u, 0x70000000u, size >= 0x7c00u));
}`;

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

/** Of float16 gradients only: bits of float32 → bits of float16, and the writing of half a word. */
export const HALVES = `/// The bits of the nearest float16 (ties to even).
fn halfBits(bits: u32) -> u32 {
  let sign = (bits >> 16u) & 0x8000u;
  let size = bits & 0x7fffffffu;
  if (size > INFINITY) { return sign | 0x7e00u; }
  if (size >= 0x477ff000u) { return sign | 0x7c00u; }
  // Below 2^-14 steps are of 2^-24.
  if (size < 0x38800000u) { return sign | u32(round(bitcast<f32>(size) * 0x1p24f)); }
  return sign | ((size - 0x38000000u + 0xfffu + ((size >> 13u) & 1u)) >> 13u);
}

/// Writes one half of a word whose other half is somebody else's.
fn storeHalf(i: u32, half: u32) {
  let shift = 16u * (i % 2u);
  atomicAnd(&grad[i / 2u], ~(0xffffu << shift));
  atomicOr(&grad[i / 2u], half << shift);
}`;
