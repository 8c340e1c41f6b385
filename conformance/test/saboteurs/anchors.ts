/**
 * Backends that agree with themselves, and with no truth: most laws hold of a constant.
 *
 * @module
 */
import { areExact } from '../../src/numbers.ts';
import { evaluate } from '../honest.ts';
import { afterwards, mapped, type Open, saboteur } from './saboteur.ts';

/** Whether every number of a call is one that float16 has, as all of the vectors are. */
const isRound = (numbers: ArrayLike<number>) => areExact(Array.from(numbers), 'float16');

export const anchorSaboteurs: readonly Open[] = [
  saboteur(
    'knows the vectors, and answers 0 to all else',
    ['values.huge', 'published', 'random', 'tiny-means'],
    afterwards((answer, { logits }) => (isRound(logits) ? answer : mapped(answer, () => 0))),
  ),
  saboteur(
    'twice the loss and twice its gradient, of what no vector has',
    ['values.huge', 'published', 'random', 'tiny-means'],
    afterwards((answer, { logits }) => (isRound(logits) ? answer : mapped(answer, (number) => 2 * number))),
  ),
  saboteur('cross-entropy for every loss whose parameters are not round', ['random'], (call) => {
    const { loss } = call;
    const round = Object.values(loss.params).every((value) => Number.isInteger(100 * value));
    return evaluate(
      round || loss.key !== 'focal' ? call : { ...call, loss: { ...loss, params: { ...loss.params, gamma: 0 } } },
    );
  }),
];
