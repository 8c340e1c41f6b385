import type { Syntax } from '@focal-loss/core';

/** The constants of the prelude, under the names its parameters have. Polynomials are minimax on their intervals. */
const CONSTANTS: Record<string, number> = {
  zero: 0,
  one: 1,
  /** e^−104 is 0. */
  cap: 104,
  log2e: Math.LOG2E,
  /** Adding 1.5·2²³ rounds to a whole number, which then stands in the low bits, here less by 24. */
  magic: 1.5 * 2 ** 23 - 24,
  shrink: 2 ** -24,
  ln2High: 0.693359375,
  ln2Low: -2.1219444e-4,
  /** e^r = 1 + r + r²(x2 + x3·r + …), within 3.1e-9 for |r| ≤ log(2)/2. */
  x2: 0.4999999403953552,
  x3: 0.1666652113199234,
  x4: 0.04166838899254799,
  x5: 0.00836874544620514,
  x6: 0.0013814540579915047,
  /** log(1 + e) = e + e²(l2 + l3·e + …), within 4.8e-9 for e in [0, 1]. */
  l2: -0.4999990165233612,
  l3: 0.3332996368408203,
  l4: -0.24954134225845337,
  l5: 0.1967593878507614,
  l6: -0.15305592119693756,
  l7: 0.10603653639554977,
  l8: -0.056959524750709534,
  l9: 0.019851457327604294,
  l10: -0.0032440240029245615,
};

const MASKS = { signBit: 0x80000000, headMask: 0xfffff000 };

const EXP = 'cap, log2e, magic, ln2High, ln2Low, x2, x3, x4, x5, x6, one, shrink';
const LOG = 'l2, l3, l4, l5, l6, l7, l8, l9, l10';

/** Four float32 numbers at a time, as AssemblyScript; the constants that the text came to use are declared by `prologue`. */
export interface SimdSyntax extends Syntax {
  prologue(text: string): string[];
  /** The static data the prologue reads. */
  data(): string[];
}

/** @param parameters The names that parameters of formulas have in the text. */
export function simdSyntax(parameters: readonly string[]): SimdSyntax {
  const constants = new Map(Object.entries(CONSTANTS));
  const call = (name: string) => (a: string, b: string) => `${name}(${a}, ${b})`;
  return {
    tiny: 2 ** -126,
    number(value) {
      const known = [...constants].find(([, constant]) => constant === value);
      if (known !== undefined) return known[0];
      const name = `c${constants.size}`;
      constants.set(name, value);
      return name;
    },
    declare: (name, expression) => `const ${name} = ${expression};`,
    add: call('f32x4.add'),
    sub: call('f32x4.sub'),
    // Of a number and a side, ±1: a change of sign.
    mul: (a, b) =>
      a === 'side' ? `v128.xor(turn, ${b})` : b === 'side' ? `v128.xor(turn, ${a})` : `f32x4.mul(${a}, ${b})`,
    // A parameter's inverse lies ready.
    div: (a, b) => (parameters.includes(b) ? `f32x4.mul(${a}, ${b}Inverse)` : `f32x4.div(${a}, ${b})`),
    neg: (a) => `f32x4.neg(${a})`,
    abs: (a) => `f32x4.abs(${a})`,
    sign: (a) => `sign(${a}, zero, one)`,
    // Of NaN and 0 it is NaN, by which kernels notice logits that are not finite.
    max: (a, b) => `f32x4.pmax(${a}, ${b})`,
    exp: () => unsupported('exp'),
    log: () => unsupported('log'),
    log1p: () => unsupported('log1p'),
    pow: () => unsupported('pow'),
    expNegative: (a) => `expNegative(${a}, ${EXP})`,
    log1pUnit: (e) => `log1pUnit(${e}, ${LOG})`,
    // By the sign bit alone: of u and −u one is not negative, 0 included.
    nonNegative(test, a, b) {
      const negative = `i32x4.shr_s(${test}, 31)`;
      if (a === 'zero') return `v128.and(${b}, ${negative})`;
      return b === 'zero' ? `v128.andnot(${a}, ${negative})` : `select(${b}, ${a}, ${negative})`;
    },
    positive: (test, a, b) => `select(${a}, ${b}, ${test === 'side' ? 'isPositive' : `f32x4.gt(${test}, zero)`})`,
    affineLow: (a, x, _, b, u) => `affineLow(${a}, ${a}Head, ${a}Rest, ${x}, ${b}, ${b}Low, ${u}, headMask)`,
    sigmoidPow: (v, _, log1pE, p) => `sigmoidPow(${v}, ${log1pE}, ${p}, ${p}Head, ${p}Rest, zero, headMask, ${EXP})`,
    prologue: (text) =>
      [
        ...Array.from(constants.keys(), (name, i) => [name, `TABLE, ${4 * i}`]),
        ...Object.keys(MASKS).map((name, i) => [name, `MASKS, ${4 * i}`]),
        ['change', 'CHANGE'],
      ]
        .filter(([name]) => new RegExp(`\\b${name}\\b`).test(text))
        .map(([name, place]) => `const ${name} = v128.load32_splat(${place});`),
    data: () => [
      `const TABLE: usize = memory.data<f32>([${[...constants.values()].join(', ')}]);`,
      `const MASKS: usize = memory.data<u32>([${Object.values(MASKS).join(', ')}]);`,
    ],
  };
}

/** A member that needs this has no SIMD kernel, and runs on the JavaScript ones. */
function unsupported(operation: string): never {
  throw new UnsupportedInSimd(`${operation} of any argument`);
}

export class UnsupportedInSimd extends Error {}
