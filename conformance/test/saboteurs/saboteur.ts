import type { Formula, Loss } from '@focal-loss/core';
import { type Answer, type Backend, type Call, type Dtype, defineBackend } from '../../src/index.ts';
import { evaluate } from '../honest.ts';

/** A wrong backend and what must notice it. */
export interface Saboteur {
  readonly mistake: string;
  readonly noticedBy: readonly string[];
  readonly backend: Backend;
}

export type Evaluate = Backend['evaluate'];

/** Puts one together. */
export const saboteur = (
  mistake: string,
  noticedBy: string[],
  evaluate: Evaluate,
  dtype: Dtype = 'float64',
): Saboteur => ({
  mistake,
  noticedBy,
  backend: defineBackend({ name: mistake, dtype, largest: 1e5, evaluate }),
});

/** The mistake is made before anything is computed. */
export const withCall = (change: (call: Call) => Partial<Call>): Evaluate => {
  return (call) => evaluate({ ...call, ...change(call) });
};

/** The mistake is made on the loss. */
export const withLoss = (change: (loss: Loss) => Partial<Loss>): Evaluate => {
  return withCall(({ loss }) => ({ loss: { ...loss, ...change(loss) } }));
};

/** The mistake is made afterwards. */
export const afterwards = (change: (answer: Answer, call: Call) => Answer): Evaluate => {
  return (call) => change(evaluate(call), call);
};

/** The mistake is in the formula of focal loss. */
export const withFormula = (formula: Formula): Evaluate =>
  withLoss((loss) => (loss.name === 'sigmoidFocal' ? { formula } : {}));
