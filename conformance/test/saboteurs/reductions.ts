/**
 * Mistakes in what is made of many entries.
 *
 * @module
 */
import type { Answer } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, type Saboteur, saboteur, withCall, withLoss } from './saboteur.ts';

const numbers = (value: Answer['value']) => (typeof value === 'number' ? [value] : Array.from(value));

export const reductionSaboteurs: readonly Saboteur[] = [
  saboteur(
    'mean over rows',
    ['laws.mean'],
    withCall(({ loss, shape, normalizer = shape[0] }) =>
      loss.reduction === 'mean' && shape[0] > 0 ? { normalizer } : {},
    ),
  ),
  saboteur(
    'ignored entries counted in the mean',
    ['ignore', 'laws.ignore'],
    withCall(({ loss, targets, normalizer = targets.length }) =>
      loss.reduction === 'mean' && loss.normalizer === 'count' && targets.length > 0 ? { normalizer } : {},
    ),
  ),
  saboteur(
    'no positives: 0/0',
    ['normalizers'],
    afterwards((answer, { loss, targets, normalizer }) => {
      const none = loss.normalizer === 'positives' && normalizer === undefined && targets.every((y) => y === 0);
      return none && loss.link === 'sigmoid' ? { ...answer, value: Number.NaN } : answer;
    }),
  ),
  saboteur(
    'float32 added up one by one',
    ['large-sums'],
    (call) => {
      if (call.loss.reduction === 'none') return evaluate(call);
      const whole = evaluate(call);
      const { value } = evaluate({ ...call, loss: { ...call.loss, reduction: 'none', normalizer: 'count' } });
      const sum = Float32Array.from(numbers(value)).reduce((a, b) => Math.fround(a + b), 0);
      const exact = numbers(value).reduce((a, b) => a + b, 0);
      return { ...whole, value: exact === 0 ? whole.value : (sum / exact) * (whole.value as number) };
    },
    'float32',
  ),
  saboteur(
    "'sum' means 'mean'",
    ['reductions', 'laws.mean'],
    withLoss(({ reduction }) => (reduction === 'sum' ? { reduction: 'mean' } : {})),
  ),
  saboteur('the last n mod 4 entries left out', ['sizes', 'single', 'laws.weights'], ({ loss, ...call }) => {
    const weights = call.targets.map((_, i) =>
      i < call.targets.length - (call.targets.length % 4) ? (call.weights?.[i] ?? 1) : 0,
    );
    return evaluate({ ...call, loss, weights });
  }),
  saboteur(
    'weights ignored',
    ['weights', 'laws.weights'],
    withCall((call) => ({
      weights: call.targets.map((_, i) => (Number.isFinite(call.weights?.[i] ?? 1) ? 1 : Number.NaN)),
    })),
  ),
  saboteur(
    'mean of nothing: 0/0',
    ['empty'],
    afterwards((answer, { loss, logits }) => {
      return logits.length === 0 && loss.reduction === 'mean' ? { ...answer, value: Number.NaN } : answer;
    }),
  ),
];
