import { helpers } from '@focal-loss/core';

const f = Math.fround;
const view = new DataView(new ArrayBuffer(4));

const bitsOf = (a: number): number => {
  view.setFloat32(0, a);
  return view.getUint32(0);
};

const fromBits = (bits: number): number => {
  view.setUint32(0, bits >>> 0);
  return view.getFloat32(0);
};

/** float32 numbers, each operation rounded once; below the normal numbers 0, as a GPU has it. */
export const float32: helpers.Arithmetic<number> = {
  format: helpers.float32Flushed,
  number: f,
  named: (_, value) => value,
  add: (a, b) => f(a + b),
  sub: (a, b) => f(a - b),
  mul: (a, b) => f(a * b),
  div: (a, b) => f(a / b),
  madd: (a, b, c) => f(f(a * b) + c),
  neg: (a) => -a,
  abs: Math.abs,
  min: Math.min,
  max: Math.max,
  less: (a, b) => (a < b ? 1 : 0),
  choose: (truth, a, b) => (truth === 1 ? a : b),
  polynomial: (x, _, { coefficients }) => helpers.horner(float32, x, coefficients.map(f)),
  until: (end, a, power) => (a < end ? power(a) : 0),
  whole: (a, perUnit = 1) => ({ k: Math.round(f(a * perUnit)) }),
  scaleDown: (rise, { k }) => f(f(1 + rise) * (k > 126 ? 0 : 2 ** -k)),
  split(a) {
    const head = fromBits(bitsOf(a) & 0xfffff000);
    return { head, rest: f(a - head) };
  },
  call: ({ write }, ...args) => write(float32, ...args),
  floor: Math.floor,
  powerOfTwo: (k) => 2 ** k,
  fraction(a) {
    const shifted = (bitsOf(a) - 0x3f3504f3) | 0;
    return { exponent: shifted >> 23, fraction: fromBits((shifted & 0x7fffff) + 0x3f3504f3) };
  },
};

const STEPS = Float64Array.from({ length: 16 }, (_, k) => 2 ** (-k / 16));
const INVERSES = Float64Array.from({ length: 33 }, (_, j) => 1 / (1 + j / 32));
const LOGS = Float64Array.from({ length: 33 }, (_, j) => Math.log1p(j / 32));

/** float64 numbers, with the tables that the format is made for. */
export const float64: helpers.Arithmetic<number> = {
  ...float32,
  format: helpers.float64,
  number: (value) => value,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  madd: (a, b, c) => a * b + c,
  polynomial: (x, xx, { coefficients }) => helpers.paired(float64, x, xx ?? x * x, coefficients),
  until: (end, a, power) => power(Math.min(a, end)),
  whole: (a, perUnit = 1) => ({ k: (a * perUnit + 0.5) | 0 }),
  scaleDown: (rise, { k }) => (STEPS[k & 15] + STEPS[k & 15] * rise) * 2 ** -(k >> 4),
  split(a) {
    const big = (2 ** 27 + 1) * a;
    const head = big - (big - a);
    return { head, rest: a - head };
  },
  near1(e) {
    const j = (e * 32 + 0.5) | 0;
    return { logC: LOGS[j], s: (e - j / 32) * INVERSES[j] };
  },
  call: ({ write }, ...args) => write(float64, ...args),
};
