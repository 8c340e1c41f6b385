import type { Case, VectorFile } from '../case.ts';
import { float16 } from '../float16.ts';
import { apply } from '../operations.ts';

const ordinary = [-10, -3.5, -2, -1, float16(-0.3), 0, float16(0.3), 1, 2, 3.5, 10];
const tiny = [-(2 ** -10), -(2 ** -24), 0, 2 ** -24, 2 ** -14, 2 ** -10];
const saturated = [-100, -89, -88, -60, -40, -37, -36, -17, -16.5, 16.5, 17, 36, 37, 40, 60, 88, 89, 100];
const extreme = [-65504, -1000, -746, -710, -104, 104, 710, 746, 1000, 65504];
const everywhere = [...extreme.slice(0, 5), ...saturated, ...ordinary, ...tiny, ...extreme.slice(5)];

/** Every logit with a few targets, the second operand. */
const pairs = (xs: readonly number[], ys: readonly number[]) => ({
  logits: ys.flatMap(() => xs),
  targets: ys.flatMap((y) => xs.map(() => y)),
});
const alone = (xs: readonly number[]) => pairs(xs, [0]);

/** Of one argument. */
const unary = (op: string, xs: readonly number[]): Case =>
  apply(`${op}(x)`, { op, args: ['x'], params: {} }, alone(xs));

/** With the target as the other operand, on either side. */
const binary = (op: string, ys: readonly number[]): Case[] =>
  [
    ['x', 'y'],
    ['y', 'x'],
  ].map((args) => apply(`${op}(${args})`, { op, args, params: {} }, pairs([...ordinary, ...saturated, ...tiny], ys)));

const targets = [0, 1, 0.25, float16(0.9)];

const exponents = [0, 0.1, 0.5, 0.9, 1, 1.5, 2, 3, 5];
const bases = [0, 2 ** -24, 2 ** -14, float16(1e-3), float16(0.1), 0.5, float16(0.9), 1, 2, 10];

/** a·x + b as FL* uses it, the sum cancelling too. */
const lines = [
  [2, 1],
  [0.5, -1],
  [-1.5, 3],
  [5, 0],
  [0, 2],
];

export const operations: VectorFile = {
  title: 'The operations of the algebra: value, and derivative by x',
  cases: () => [
    ...['add', 'sub', 'mul', 'max'].flatMap((op) => binary(op, targets)),
    apply(
      'div(x,y)',
      { op: 'div', args: ['x', 'y'], params: {} },
      pairs([...ordinary, ...saturated, ...tiny], [1, 0.5, float16(0.3)]),
    ),
    apply(
      'div(a,x)',
      { op: 'div', args: ['a', 'x'], params: { a: 3 } },
      alone([...ordinary, ...saturated].filter((x) => x !== 0)),
    ),
    ...['neg', 'abs', 'sign', 'softplus', 'sigmoid'].map((op) => unary(op, everywhere)),
    unary('exp', [...saturated.filter((x) => Math.abs(x) <= 88), ...ordinary, ...tiny]),
    unary('log1p', [-1 + 2 ** -11, -0.75, ...tiny, 0.5, 1, 3.5, 40, 1000, 65504]),
    ...exponents.map((p) => apply(`pow(x,${p})`, { op: 'pow', args: ['x', 'p'], params: { p } }, alone(bases))),
    ...lines.map(([a, b]) =>
      apply(`affine(${a},x,${b})`, { op: 'affine', args: ['a', 'x', 'b'], params: { a, b } }, alone(everywhere)),
    ),
    apply('affine(y,x,b)', { op: 'affine', args: ['y', 'x', 'b'], params: { b: -0.5 } }, pairs(ordinary, targets)),
    unary('log', [
      2 ** -24,
      2 ** -14,
      2 ** -10,
      float16(0.1),
      0.5,
      float16(0.9),
      1 - 2 ** -11,
      1,
      1 + 2 ** -10,
      2,
      10,
      65504,
    ]),
    apply('where(x,y,b)', { op: 'where', args: ['x', 'y', 'b'], params: { b: -0.5 } }, pairs(everywhere, targets)),
    apply('where(x,b,x)', { op: 'where', args: ['x', 'b', 'x'], params: { b: -0.5 } }, alone(everywhere)),
    apply(
      'where(y,x,b)',
      { op: 'where', args: ['y', 'x', 'b'], params: { b: -0.5 } },
      pairs(ordinary, [0, 1, 2 ** -24]),
    ),
    unary('detach', everywhere),
  ],
};
