import { helpers } from '@focal-loss/core';
import type { Operations } from '../../ops.ts';
import type { Graph, Vector } from './graph.ts';
import type { Instruction } from './instructions.ts';
import { arithmetic } from './recipes.ts';

/** The bits of −0. */
const SIGN = 0x80000000;

/** What a label says, of a program for hard ones. */
export interface Side {
  /** All ones where it is positive. */
  readonly isPositive: Vector;
  /** The bit that changes the sign of what belongs to a negative. */
  readonly turn: Vector;
  /** 1 or −1. */
  readonly side: Vector;
}

export function sideOf({ zero, one, bits, lane, op }: Graph): Side {
  const isPositive = op('f32x4.gt', [lane('y'), zero]);
  const turn = op('v128.andnot', [bits(SIGN), isPositive]);
  return { isPositive, turn, side: op('v128.xor', [turn, one]) };
}

/** What is taken down of the operations that a program asks for. */
export interface Notes {
  /** What is long to compute. */
  readonly dear: Set<Vector>;
  /** The parameters that are exponents of sums: they multiply what rounding took from these. */
  readonly steep: Set<number>;
}

export function operations(g: Graph, { isPositive, turn, side }: Side, { dear, steep }: Notes): Operations<Vector> {
  const { zero, one, op } = g;
  const o = arithmetic(g);
  const unary = (instruction: Instruction) => (a: Vector) => op(instruction, [a]);
  const binary = (instruction: Instruction) => (a: Vector, b: Vector) => op(instruction, [a, b]);
  const by =
    (recipe: helpers.Recipe) =>
    (...args: Vector[]) =>
      recipe.write(o, ...args);
  const [minus, times, over, and, andnot] = (
    ['f32x4.sub', 'f32x4.mul', 'f32x4.div', 'v128.and', 'v128.andnot'] as const
  ).map(binary);
  const negative = (a: Vector) => op('i32x4.shr_s', [a], 31);
  const isParam = ({ setting }: Vector) => setting !== undefined && 'param' in setting;
  const affineLow = by(helpers.affineLow);
  const powerOf = by(helpers.powerOf);

  /** Without a product with a parameter that is then divided by it, as in the slope of softplus(γz + β)/γ. */
  function mul(a: Vector, b: Vector): Vector {
    if (a === one) return b;
    if (b === one) return a;
    // Of a number and a side, ±1: a change of sign.
    if (a === side) return op('v128.xor', [turn, b]);
    return b === side ? op('v128.xor', [turn, a]) : times(a, b);
  }
  function div(a: Vector, b: Vector): Vector {
    if (!isParam(b)) return over(a, b);
    if (a.instruction === 'f32x4.mul' && a.args.includes(b)) return a.args[a.args[0] === b ? 1 : 0];
    // A parameter's inverse lies ready.
    return times(a, g.part(b, 'inverse') as Vector);
  }
  return {
    add: o.add,
    sub(a, b) {
      if (!isParam(b)) return minus(a, b);
      // As an exponent 1 − α needs more digits than float32 has, and so it is a setting as α is.
      const complement = a === one ? g.complement(b) : undefined;
      return complement ?? minus(minus(a, b), o.lost?.(b) as Vector);
    },
    mul,
    div,
    neg: unary('f32x4.neg'),
    abs: unary('f32x4.abs'),
    sign: (a) => minus(and(one, op('f32x4.gt', [a, zero])), and(one, op('f32x4.lt', [a, zero]))),
    max: o.max,
    exp: by(helpers.exponential),
    log: by(helpers.logarithm),
    log1p: by(helpers.log1p),
    pow(a, p) {
      if (a === one) return one;
      // A difference is as exact as its terms are, and no more.
      if (a.instruction === 'f32x4.add' && p.setting !== undefined && 'param' in p.setting) steep.add(p.setting.param);
      return powerOf(a, p);
    },
    expNegative: by(helpers.expNegative),
    log1pUnit: by(helpers.log1pUnit),
    // By the sign bit alone: of u and −u one is not negative, 0 included.
    nonNegative(test, a, b) {
      if (a === zero) return and(b, negative(test));
      return b === zero ? andnot(a, negative(test)) : g.select(b, a, negative(test));
    },
    positive: (test, a, b) => g.select(a, b, test === side ? isPositive : op('f32x4.gt', [test, zero])),
    affineLow(...args) {
      const low = affineLow(...args);
      dear.add(low);
      return low;
    },
    sigmoidPow: by(helpers.sigmoidPow),
  };
}
