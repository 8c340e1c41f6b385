import type { Syntax } from '@focal-loss/core';
import { BITS, carrying, simdHelpers } from './simd-helpers.ts';

/** Four float32 numbers at a time, as AssemblyScript; the constants that the text came to use are declared by `prologue`. */
export interface SimdSyntax extends Syntax {
  /** `expNear` or `expNearLow` of the prelude, given what differs between them; `whole` is to be in sight. */
  expNear(name: string, given: string): string;
  prologue(text: string): string[];
  /** The static data the prologue reads, and the helper functions. */
  declarations(): string[];
}

/** @param parameters The names that parameters of formulas have in the text. */
export function simdSyntax(parameters: readonly string[]): SimdSyntax {
  const { functions, constants: ofHelpers } = simdHelpers();
  const constants = new Map([['zero', 0], ['one', 1], ...ofHelpers]);
  /** A parameter's parts lie ready; those of any other number are computed on the spot. */
  const head = (p: string) => (parameters.includes(p) ? `${p}Head` : `v128.and(${p}, headMask)`);
  const rest = (p: string) => (parameters.includes(p) ? `${p}Rest` : `f32x4.sub(${p}, v128.and(${p}, headMask))`);
  const low = (p: string) => (parameters.includes(p) ? `${p}Low` : 'zero');
  const call = (name: string) => (a: string, b: string) => `${name}(${a}, ${b})`;
  /** Its form for a margin that is exact, or for one that carries what rounding took. */
  const helper = (name: string, carried: string) => functions[carried === 'zero' ? name : carrying(name)];
  return {
    tiny: 2 ** -126,
    number(value) {
      // Of a label's logarithm that nobody asks for.
      if (!Number.isFinite(value)) return 'infinite';
      const known = [...constants].find(([, constant]) => constant === value);
      if (known !== undefined) return known[0];
      const name = `c${constants.size}`;
      constants.set(name, value);
      return name;
    },
    declare: (name, expression) => `const ${name} = ${expression};`,
    add: call('f32x4.add'),
    // 1 − α of an α near 1 is what float32 lacks of it.
    sub: (a, b) => (parameters.includes(b) ? `f32x4.sub(f32x4.sub(${a}, ${b}), ${low(b)})` : `f32x4.sub(${a}, ${b})`),
    mul(a, b) {
      // A power of a label, see below.
      if (a === 'one') return b;
      if (b === 'one') return a;
      // Of a number and a side, ±1: a change of sign.
      return a === 'side' ? `v128.xor(turn, ${b})` : b === 'side' ? `v128.xor(turn, ${a})` : `f32x4.mul(${a}, ${b})`;
    },
    // A parameter's inverse lies ready.
    div: (a, b) => (parameters.includes(b) ? `f32x4.mul(${a}, ${b}Inverse)` : `f32x4.div(${a}, ${b})`),
    neg: (a) => `f32x4.neg(${a})`,
    abs: (a) => `f32x4.abs(${a})`,
    sign: (a) => `sign(${a}, zero, one)`,
    // Of NaN and 0 it is NaN, by which kernels notice logits that are not finite.
    max: (a, b) => `f32x4.pmax(${a}, ${b})`,
    exp: functions.exponential.call,
    log: functions.logarithm.call,
    log1p: functions.log1p.call,
    pow: (a, p) => (a === 'one' ? 'one' : functions.powerOf.call(a, p, head(p), rest(p))),
    expNegative: functions.expNegative.call,
    expNear: (name, given) => `${name}(${given}, whole, perUnit, stepHigh, stepLow, x2, x3, x4, x5, x6, one)`,
    log1pUnit: functions.log1pUnit.call,
    // By the sign bit alone: of u and −u one is not negative, 0 included.
    nonNegative(test, a, b) {
      const negative = `i32x4.shr_s(${test}, 31)`;
      if (a === 'zero') return `v128.and(${b}, ${negative})`;
      return b === 'zero' ? `v128.andnot(${a}, ${negative})` : `select(${b}, ${a}, ${negative})`;
    },
    positive: (test, a, b) => `select(${a}, ${b}, ${test === 'side' ? 'isPositive' : `f32x4.gt(${test}, zero)`})`,
    affineLow(a, x, xLow, b, u) {
      const margin = xLow === 'zero' ? [x] : [x, xLow];
      return helper('affineLow', xLow).call(a, ...margin, b, u, head(a), rest(a), low(b));
    },
    sigmoidPow(v, vLow, log1pE, p) {
      const margin = vLow === 'zero' ? [v] : [v, vLow];
      return helper('sigmoidPow', vLow).call(...margin, log1pE, p, head(p), rest(p));
    },
    prologue: (text) =>
      [
        ...Array.from(constants.keys(), (name, i) => [name, `TABLE, ${4 * i}`]),
        ...Object.keys(BITS).map((name, i) => [name, `BITS, ${4 * i}`]),
        ['change', 'base, CHANGE'],
      ]
        .filter(([name]) => new RegExp(`\\b${name}\\b`).test(text))
        .map(([name, place]) => `const ${name} = v128.load32_splat(${place});`),
    declarations: () => [
      `const TABLE: usize = memory.data<f32>([${[...constants.values()].join(', ')}]);`,
      `const BITS: usize = memory.data<u32>([${Object.values(BITS).join(', ')}]);`,
      ...Object.values(functions).map(({ code }) => code),
    ],
  };
}

/** A member that needs this has no SIMD kernel, and runs on the JavaScript ones. */
export class UnsupportedInSimd extends Error {}
