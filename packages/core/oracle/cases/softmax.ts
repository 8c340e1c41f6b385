import type { Input, VectorFile } from '../case.ts';
import { solve } from '../evaluate.ts';
import { float16 } from '../float16.ts';
import { random } from '../random.ts';
import { elementwise, softmaxLosses, spell } from './losses.ts';

interface Row {
  readonly logits: readonly number[];
  readonly target: number;
}

/** Each row once for every class it could be labelled with. */
const everyTarget = (rows: readonly (readonly number[])[]): Row[] =>
  rows.flatMap((logits) => logits.map((_, target) => ({ logits, target })));

const next = random(80);

/** Rows of a network that is as confident as `spread` makes it, labelled at random. */
const drawn = (count: number, classes: number, spread: number): Row[] =>
  Array.from({ length: count }, () => ({
    logits: Array.from({ length: classes }, () => float16((next() * 2 - 1) * spread)),
    target: Math.floor(next() * classes),
  }));

/** A row of equal logits but one. */
const spike = (classes: number, height: number, at: number, target: number): Row => ({
  logits: Array.from({ length: classes }, (_, j) => (j === at ? height : 0)),
  target,
});

const rows: Readonly<Record<string, readonly Row[]>> = {
  'softmax.2': everyTarget([
    [0, 0],
    [1, -1],
    [-0.5, 2.25],
    [float16(1e-3), 0],
    [10, -10],
    [37, 0],
    [-50, 50],
    [100, -100],
    [100, 99.5],
  ]),
  'softmax.3': everyTarget([
    [0, 0, 0],
    [1, 2, 3],
    [float16(0.1), float16(-0.7), float16(1.3)],
    [2, 2, -5],
    [-8, 9, -8],
    [40, 40, 0],
    [100, -100, 0],
    [-100, -100, 99],
    [100, 100, 100],
  ]),
  'softmax.10': [
    ...drawn(4, 10, 3),
    ...drawn(2, 10, 20),
    ...drawn(2, 10, 100),
    spike(10, 30, 4, 4),
    spike(10, 30, 4, 5),
  ],
  'softmax.80': [
    ...drawn(2, 80, 4),
    ...drawn(1, 80, 30),
    spike(80, 0, 0, 7),
    spike(80, 25, 3, 3),
    spike(80, 25, 3, 79),
  ],
  // The sum of powers overflows in every type unless the largest logit is taken out.
  'softmax.extreme': everyTarget([
    [1000, 0, -1000],
    [65504, -65504, 0],
    [65504, 65504, 65472],
    [-65504, -65504, -65504],
  ]),
};

const stacked = (list: readonly Row[]): Input => ({
  logits: list.flatMap(({ logits }) => logits),
  targets: list.map(({ target }) => target),
  shape: [list.length, list[0].logits.length],
});

export const softmax: VectorFile = {
  title: 'Softmax losses: rows of 2, 3, 10 and 80 classes',
  cases: () =>
    softmaxLosses.flatMap((loss) =>
      Object.entries(rows).map(([clause, list]) =>
        solve(`${spell(loss)}/${clause}`, clause, elementwise(loss), stacked(list)),
      ),
    ),
};
