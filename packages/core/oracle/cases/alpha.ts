import type { Case, Input, LossSpec, VectorFile } from '../case.ts';
import { solve } from '../evaluate.ts';
import { float16 } from '../float16.ts';
import { balancedLosses, elementwise, spell } from './losses.ts';

const logits = [-20, -2.5, 0, float16(0.7), 6, 100];
const labels = [0, 1, 0.25, 0.5, float16(0.9)];

const grid: Input = {
  logits: labels.flatMap(() => logits),
  targets: labels.flatMap((y) => logits.map(() => y)),
};

/** Each class once, where the logits are sure of it, unsure, and sure of another. */
const rows: Input = {
  logits: [3, -1, 0.5, 0.25, 0.25, 0.25, -20, 0, 40, 1, 2, 4, 0, 100, -100, 5, 0, 0],
  targets: [0, 1, 2, 0, 1, 2],
  shape: [6, 3],
};

const balanced = (losses: readonly LossSpec[], alphas: readonly unknown[], input: Input): Case[] =>
  losses.flatMap(({ factory, options }) =>
    alphas.map((alpha) => {
      const loss = { factory, options: { ...options, alpha } };
      return solve(`${spell(loss)}/alpha`, 'alpha', elementwise(loss), input);
    }),
  );

const weights = [
  [1, 1, 1],
  [0.25, 0.5, 2],
  [0, 1, 0.75],
];

export const alpha: VectorFile = {
  title: 'α-balanced losses',
  cases: () => [
    ...balanced(balancedLosses('sigmoid'), [0, 0.25, 0.75, 1], grid),
    ...balanced(balancedLosses('softmax'), weights, rows),
  ],
};
