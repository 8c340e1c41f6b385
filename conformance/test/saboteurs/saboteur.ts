import { type Formula, factories, type Loss } from '@focal-loss/core';
import { type Answer, type Backend, type Call, defineBackend } from '../../src/index.ts';
import { evaluate } from '../honest.ts';

/** Why mistakes of a kind stay unseen: what a test has to look at to see them. */
export const causes = {
  formula: 'the loss of one logit is wrong',
  reduction: 'what is made of many entries is wrong',
  rounding: 'digits are lost that no round number has',
  anchor: 'answers agree with each other, and with nothing else',
  options: 'options are right one at a time, and wrong together',
  grids: 'right at the sizes, places and parameters that everybody tests',
  calls: 'wrong in one shape of call, or after, beside or before another call',
  'bad input': 'bad input is seen at some places, under some options',
  'non-finite': 'NaN and the infinities are lost, or spread',
} as const;

/** One of these. */
export type Cause = keyof typeof causes;

/** A wrong backend and the clauses it violates: those, and no other. */
export interface Saboteur {
  readonly mistake: string;
  readonly cause: Cause;
  /** Clauses by id; `*` stands for every clause of such a name. */
  readonly violates: readonly string[];
  readonly backend: Backend;
}

export type Evaluate = Backend['evaluate'];

/** One that has no cause yet: a group gives it to all. */
export type Open = Omit<Saboteur, 'cause'>;

/** Mistakes of one cause. */
export const because = (cause: Cause, group: readonly Open[]): Saboteur[] => group.map((one) => ({ ...one, cause }));

/** Puts one together. */
export const saboteur = (
  mistake: string,
  violates: string[],
  evaluate: Evaluate,
  more: Partial<Backend> = {},
): Open => ({
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
