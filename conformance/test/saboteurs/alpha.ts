/**
 * Mistakes in what balances positives and negatives.
 *
 * @module
 */
import { evaluate } from '../honest.ts';
import { type Open, saboteur, withLoss } from './saboteur.ts';

export const alphaSaboteurs: readonly Open[] = [
  saboteur(
    'α given to the negatives',
    ['alpha', 'nonfinite', 'published', 'random', 'hard-examples.gradient', 'laws.alpha'],
    withLoss(({ alpha }) => (typeof alpha === 'number' ? { alpha: 1 - alpha } : {})),
  ),
  saboteur(
    'α ignored',
    ['alpha', 'nonfinite', 'published', 'random', 'hard-examples.gradient', 'laws.alpha'],
    withLoss(() => ({ alpha: undefined })),
  ),
  saboteur(
    'α added inside the logarithm instead of multiplied',
    ['alpha', 'nonfinite', 'random', 'hard-examples.gradient', 'laws.alpha'],
    (call) => {
      const { loss } = call;
      if (typeof loss.alpha !== 'number' || loss.reduction !== 'none') return evaluate(call);
      const { alpha } = loss;
      const plain = evaluate({ ...call, loss: { ...loss, alpha: undefined } });
      const add = (v: number, i: number) => v - Math.log(call.targets[i] * alpha + (1 - call.targets[i]) * (1 - alpha));
      return { ...plain, value: Array.from(plain.value as Float64Array, add) };
    },
  ),
];
