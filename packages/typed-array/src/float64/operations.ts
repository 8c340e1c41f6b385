import { helpers } from '@focal-loss/core';
import type { Operations } from '../ops.ts';
import type { Graph, Vector } from '../simd/emit/graph.ts';
import type { Instruction } from '../simd/emit/instructions.ts';
import { FRACTIONS, INVERSES, LOGS, POWERS, SPLITTER } from '../tables.ts';

/** Where the tables lie in memory, one behind the other. */
const START = 1024;
const tables = [FRACTIONS, POWERS, INVERSES, LOGS];
const placeOf = (table: (typeof tables)[number]) =>
  tables.slice(0, tables.indexOf(table)).reduce((place, { byteLength }) => place + byteLength, START);
/** The first byte behind them. */
export const TABLES_END = START + tables.reduce((bytes, { byteLength }) => bytes + byteLength, 0);

export function writeTables({ buffer }: WebAssembly.Memory): void {
  for (const table of tables) new Float64Array(buffer, placeOf(table), table.length).set(table);
}

/** The operations of formulas on two float64 numbers at a time, by the recipes and the tables of the loops in JavaScript. */
export function operations(g: Graph): Operations<Vector> {
  const o = arithmetic(g);
  const { zero, one, op } = g;
  const by =
    (recipe: helpers.Recipe) =>
    (...args: Vector[]) =>
      recipe.write(o, ...args);
  const isNegative = (a: Vector) => o.less(a, zero);
  return {
    add: o.add,
    sub: o.sub,
    mul: o.mul,
    div: o.div,
    neg: o.neg,
    abs: o.abs,
    sign: (a) => o.sub(op('v128.and', [one, o.less(zero, a)]), op('v128.and', [one, isNegative(a)])),
    max: o.max,
    exp: (a) => g.call('exp', [a]),
    log: (a) => g.call('log', [a]),
    log1p: (a) => g.call('log1p', [a]),
    pow: (a, p) => g.call('pow', [a, p]),
    expNegative: by(helpers.expNegative),
    log1pUnit: by(helpers.log1pUnit),
    nonNegative: (test, a, b) => o.choose(isNegative(test), b, a),
    positive: (test, a, b) => o.choose(o.less(zero, test), a, b),
    affineLow: by(helpers.affineLow),
    sigmoidPow: by(helpers.sigmoidPow),
  };
}

function arithmetic(g: Graph): helpers.Arithmetic<Vector> {
  const { zero, constant, op } = g;
  const binary = (instruction: Instruction) => (a: Vector, b: Vector) => op(instruction, [a, b]);
  const unary = (instruction: Instruction) => (a: Vector) => op(instruction, [a]);
  const none = () => {
    throw new Error('No helper on float64 needs this');
  };
  /** What is no place of a table means nothing, but must not lie outside of memory. */
  const placesUpTo = (most: number, k: Vector) =>
    op('i32x4.min_u', [op('i32x4.trunc_sat_f64x2_s_zero', [k]), g.bits(most)]);
  const times = binary('f64x2.mul');
  const o: helpers.Arithmetic<Vector> = {
    format: helpers.float64,
    number: constant,
    named: (_, value) => value,
    add: (a, b) => (b === zero ? a : op('f64x2.add', [a, b])),
    sub: binary('f64x2.sub'),
    mul: (a, b) => (b === zero ? zero : times(a, b)),
    div: binary('f64x2.div'),
    madd: (a, b, c) => o.add(c, o.mul(a, b)),
    neg: unary('f64x2.neg'),
    abs: unary('f64x2.abs'),
    min: binary('f64x2.min'),
    max: binary('f64x2.max'),
    less: binary('f64x2.lt'),
    choose: (truth, a, b) => (a === b ? a : op('v128.bitselect', [a, b, truth])),
    polynomial: (x, xx = times(x, x), { coefficients }) => helpers.paired(o, x, xx, coefficients.map(constant)),
    until: (end, a, power) => power(o.min(a, end)),
    whole: (a, perUnit) => ({
      k: op('f64x2.floor', [o.add(perUnit === undefined ? a : times(a, perUnit), constant(0.5))]),
    }),
    scaleDown(rise, { k }) {
      const places = placesUpTo(16 * POWERS.length - 1, k);
      const sixteenth = op('i32x4.shr_u', [op('i32x4.shl', [places], 28)], 28);
      const fraction = g.lookUp(placeOf(FRACTIONS), sixteenth);
      const power = g.lookUp(placeOf(POWERS), op('i32x4.shr_u', [places], 4));
      return times(o.add(fraction, times(fraction, rise)), power);
    },
    split(a) {
      const big = times(constant(SPLITTER), a);
      const head = o.sub(big, o.sub(big, a));
      return { head, rest: o.sub(a, head) };
    },
    near1(e) {
      const j = op('f64x2.floor', [o.add(times(e, constant(32)), constant(0.5))]);
      const places = placesUpTo(LOGS.length - 1, j);
      const s = times(o.sub(e, times(j, constant(1 / 32))), g.lookUp(placeOf(INVERSES), places));
      return { logC: g.lookUp(placeOf(LOGS), places), s };
    },
    call: (recipe, ...args) => recipe.write(o, ...args),
    floor: none,
    powerOfTwo: none,
    fraction: none,
  };
  return o;
}
