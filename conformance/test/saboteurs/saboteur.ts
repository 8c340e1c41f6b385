import { type Formula, factories, type Loss } from '@focal-loss/core';
import { type Answer, type Backend, type Call, defineBackend } from '../../src/index.ts';
import { evaluate } from '../honest.ts';

/** A wrong backend and the clauses it violates: those, and no other. */
export interface Saboteur {
  readonly mistake: string;
  /** Clauses by id; `*` stands for every clause of such a name. */
  readonly violates: readonly string[];
  readonly backend: Backend;
}

export type Evaluate = Backend['evaluate'];

/** Puts one together. */
export const saboteur = (
  mistake: string,
  violates: string[],
  evaluate: Evaluate,
  more: Partial<Backend> = {},
): Saboteur => ({
  mistake,
  violates,
  backend: defineBackend({ name: mistake, dtype: 'float64', largest: 1e4, ...more, evaluate }),
});

/** The mistake is made before anything is computed. */
export const withCall = (change: (call: Call) => Partial<Call>): Evaluate => {
  // Not enumerable: a backend that spreads a call loses it.
  return (call) => evaluate(Object.defineProperty({ ...call, ...change(call) }, 'wants', { value: call.wants }));
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

/** Every number of an answer changed. */
export const mapped = (answer: Answer, change: (number: number) => number): Answer =>
  Object.fromEntries(
    Object.entries(answer).map(([part, numbers]) => [
      part,
      typeof numbers === 'number' ? change(numbers) : numbers && Array.from(numbers, change),
    ]),
  );

/** A loss of the family, and not a single operation. */
export const isMember = ({ name }: Loss): boolean => name in factories;
