import { helpers } from '@focal-loss/core';
import { type Graph, HEAD, type Vector } from './graph.ts';
import type { Instruction } from './instructions.ts';

/** Adding 1.5·2²³ rounds to a whole number, which then stands in the low bits; here less by 24, see `scaleDown`. */
export const MAGIC = 1.5 * 2 ** 23 - 24;
export const SHRINK = 2 ** -24;
/** The bits of √½, and what an exponent's bits exceed it by. */
const ROOT_HALF = 0x3f3504f3;
const BIAS = 127;
/** Where a truth is known. */
const ALWAYS: Vector = { id: -1, args: [] };

/** Core's recipes on four float32 at a time. */
export function arithmetic(g: Graph): helpers.Arithmetic<Vector> {
  const { zero, one, constant, op, madd } = g;
  const binary = (instruction: Instruction) => (a: Vector, b: Vector) => op(instruction, [a, b]);
  const [plus, minus, equal] = (['f32x4.add', 'f32x4.sub', 'f32x4.eq'] as const).map(binary);
  const [plusBits, minusBits] = (['i32x4.add', 'i32x4.sub'] as const).map(binary);
  const shiftLeft = (a: Vector) => op('i32x4.shl', [a], 23);
  const add = (a: Vector, b: Vector) => (b === zero ? a : a === zero ? b : plus(a, b));
  const pairs = (x: Vector, terms: readonly Vector[]): Vector[] =>
    terms.flatMap((c, i) => (i % 2 === 1 ? [] : [i + 1 < terms.length ? madd(x, terms[i + 1], c) : c]));
  const o: helpers.Arithmetic<Vector> = {
    format: helpers.float32,
    number: constant,
    named: (_, value) => value,
    add,
    sub: minus,
    mul: binary('f32x4.mul'),
    div: binary('f32x4.div'),
    madd: (a, b, c) => (b === zero ? c : madd(a, b, c)),
    neg: (a) => op('f32x4.neg', [a]),
    abs: (a) => op('f32x4.abs', [a]),
    // Of NaN and a number they are NaN, by which kernels notice logits that are not finite.
    min: binary('f32x4.pmin'),
    max: binary('f32x4.pmax'),
    // Beyond 2³² a logit's error is finite or the loss is not: there is nothing to choose.
    less: (a, b) => (b === constant(2 ** 32) ? ALWAYS : op('f32x4.lt', [a, b])),
    choose(truth, a, b) {
      if (truth === ALWAYS || a === b) return a;
      return b === zero ? op('v128.and', [a, truth]) : g.select(a, b, truth);
    },
    polynomial(x, xx, { coefficients }) {
      const square = xx ?? o.mul(x, x);
      const terms = pairs(x, coefficients.map(constant));
      // A long one is taken in fours.
      return terms.length > 3
        ? helpers.horner(o, o.mul(square, square), pairs(square, terms))
        : helpers.horner(o, square, terms);
    },
    until: (end, a, power) => power(o.min(a, end)),
    whole(a, perUnit) {
      const magic = constant(MAGIC);
      const scaled = perUnit === undefined ? add(a, magic) : madd(a, perUnit, magic);
      return { k: minus(scaled, magic), mark: scaled };
    },
    // The magic number put k − 24 into the low bits: what is subtracted from the exponent leaves a normal number, and the last 24
    // steps are a product, which underflows as it should.
    scaleDown: (rise, { mark }) => o.mul(minusBits(plus(one, rise), shiftLeft(mark as Vector)), constant(SHRINK)),
    split(a) {
      const [head, rest] = [g.part(a, 'head'), g.part(a, 'rest')];
      if (head !== undefined && rest !== undefined) return { head, rest };
      const cut = op('v128.and', [a, g.bits(HEAD)]);
      return { head: cut, rest: minus(a, cut) };
    },
    lost: (parameter) => g.part(parameter, 'low') ?? zero,
    call: (recipe, ...args) => recipe.write(o, ...args),
    floor: (a) => op('f32x4.floor', [a]),
    powerOfTwo: (k) => shiftLeft(plusBits(op('i32x4.trunc_sat_f32x4_s', [k]), g.bits(BIAS))),
    // Counted from √½ on, the bits of the exponent are those of the nearest power of two. What is made of a 0, nobody asks for:
    // as a 1 it leads to no numbers below the normal ones, on which processors are slow.
    fraction(of) {
      const safe = g.select(one, of, equal(of, zero));
      const steps = op('i32x4.shr_s', [minusBits(safe, g.bits(ROOT_HALF))], 23);
      return { exponent: op('f32x4.convert_i32x4_s', [steps]), fraction: minusBits(safe, shiftLeft(steps)) };
    },
  };
  return o;
}
