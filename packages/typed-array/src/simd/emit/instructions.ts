/** What follows the prefix 0xfd in the binary form of WebAssembly's vector instructions, of those that kernels are made of. */
export const VECTOR = {
  'v128.load': 0x00,
  'v128.load32_splat': 0x09,
  'v128.store': 0x0b,
  'i8x16.shuffle': 0x0d,
  'f64x2.splat': 0x14,
  'f64x2.extract_lane': 0x21,
  'f32x4.eq': 0x41,
  'f32x4.lt': 0x43,
  'f32x4.gt': 0x44,
  'v128.and': 0x4e,
  'v128.andnot': 0x4f,
  'v128.xor': 0x51,
  'v128.bitselect': 0x52,
  'f64x2.promote_low_f32x4': 0x5f,
  'f32x4.floor': 0x68,
  'i32x4.shl': 0xab,
  'i32x4.shr_s': 0xac,
  'i32x4.add': 0xae,
  'i32x4.sub': 0xb1,
  'f32x4.abs': 0xe0,
  'f32x4.neg': 0xe1,
  'f32x4.add': 0xe4,
  'f32x4.sub': 0xe5,
  'f32x4.mul': 0xe6,
  'f32x4.div': 0xe7,
  'f32x4.pmin': 0xea,
  'f32x4.pmax': 0xeb,
  'f64x2.add': 0xf0,
  'i32x4.trunc_sat_f32x4_s': 0xf8,
  'f32x4.convert_i32x4_s': 0xfa,
  'f32x4.relaxed_madd': 0x105,
  'i32x4.relaxed_laneselect': 0x10b,
} as const;

/** A vector instruction. */
export type Instruction = keyof typeof VECTOR;

/** The instructions on numbers of one lane, in their binary form. */
export const SCALAR = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  brIf: 0x0d,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  globalGet: 0x23,
  const: 0x41,
  lessUnsigned: 0x49,
  add: 0x6a,
  shiftLeft: 0x74,
  f64Add: 0xa0,
} as const;

/** Types, in their binary form. */
export const TYPE = { i32: 0x7f, f64: 0x7c, v128: 0x7b, none: 0x40, function: 0x60 } as const;
