import type { Formula } from '@focal-loss/core';
import { type Evaluate, withFormula } from './saboteur.ts';

/** Focal loss with value and slope written out, which is what the reference's algebra carries along. */
export const byHand = (
  point: (x: number, y: number, gamma: number) => { value: number; tangent: number },
): Evaluate => {
  type Carried = { value: number };
  const formula = (_: unknown, x: Carried, y: Carried, { gamma }: Record<string, Carried>) =>
    point(x.value, y.value, gamma.value);
  return withFormula(formula as unknown as Formula);
};

export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
export const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
