/**
 * What meets what is not left to chance: each reduction, kind of weights and form of a shape has its turns, and labels that are smoothed
 * have theirs. The lengths of the lists have no divisor in common: any two have met after 35 turns, and any three after 140.
 *
 * @module
 */
import type { Wanted } from './drawCall.ts';

const weights = ['each', 'none', 'shared', 'sparse', 'along', 'none', 'last'] as const;
const reductions: readonly Wanted[] = [
  { reduction: 'none' },
  { reduction: 'sum' },
  { reduction: 'mean', normalizer: 'positives' },
  { reduction: 'example' },
  { reduction: 'mean' },
];
const forms = ['usual', 'square', 'long', 'many'] as const;

/** What a call of a turn is to have. */
export const meeting = (turn: number): Wanted => ({
  ...reductions[turn % reductions.length],
  weights: weights[turn % weights.length],
  form: forms[turn % forms.length],
  smoothed: turn % 3 === 0,
});
