/**
 * Mistakes in what a row of logits becomes.
 *
 * @module
 */
import type { Loss } from '@focal-loss/core';
import type { Call } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { type Evaluate, type Open, saboteur } from './saboteur.ts';

/** The mistake is made at a softmax, and nowhere else. */
const atSoftmax = (wrong: (call: Call, rows: number, classes: number) => ReturnType<Evaluate>): Evaluate => {
  return (call) => (call.loss.link === 'softmax' ? wrong(call, call.shape[0], call.shape[1]) : evaluate(call));
};

/** One loss a row, from the probabilities of the row, and its slopes at the logits of the row. */
function fromProbabilities(
  call: Call,
  classes: number,
  probabilities: (row: ArrayLike<number>) => number[],
): ReturnType<Evaluate> {
  const { loss, logits, targets } = call;
  const honest = evaluate(call);
  const focal: Loss['name'][] = ['softmaxCrossEntropy', 'softmaxFocal'];
  const other = !focal.includes(loss.name) || loss.reduction !== 'none' || loss.ignoreIndex !== undefined;
  if (other || call.weights !== undefined) return honest;
  const alpha = Array.isArray(loss.alpha) ? loss.alpha : Array.from({ length: classes }, () => 1);
  const gamma = loss.params.gamma ?? 0;
  const value = Array.from(targets, (t, i) => {
    const p = probabilities(logits.subarray(i * classes, (i + 1) * classes))[t];
    return alpha[t] * (1 - p) ** gamma * -Math.log(p);
  });
  return { ...honest, value };
}

export const softmaxSaboteurs: readonly Open[] = [
  saboteur(
    'softmax over the wrong axis',
    [
      'alpha',
      'softmax.*',
      'reductions',
      'normalizers',
      'ignore',
      'weights',
      'sizes',
      'large-sums',
      'nonfinite',
      'published',
      'random',
      'hard-examples.gradient',
      'laws.alpha',
      'laws.two-classes',
      'laws.gradient',
      'laws.permutation',
      'laws.ignore',
      'laws.weights',
      'laws.parts',
      'laws.sizes',
    ],
    atSoftmax((call, rows, classes) => {
      // Logits read as [classes, rows]: what lies together belongs to one class.
      const logits = call.logits.map((_, k) => call.logits[(k % classes) * rows + Math.floor(k / classes)]);
      const { value, grad = [] } = evaluate({ ...call, logits });
      return { value, grad: Array.from(grad, (_, k) => grad[(k % rows) * classes + Math.floor(k / rows)]) };
    }),
  ),
  saboteur(
    'softmax without subtracting the largest logit',
    ['alpha', 'softmax.*', 'nonfinite', 'random', 'hard-examples.finite', 'laws.two-classes'],
    atSoftmax((call, _, classes) =>
      fromProbabilities(call, classes, (row) => {
        const powers = Array.from(row, Math.exp);
        const sum = powers.reduce((a, b) => a + b, 0);
        return powers.map((power) => power / sum);
      }),
    ),
  ),
  saboteur(
    'softmax gradient at the target class only',
    [
      'alpha',
      'softmax.*',
      'reductions',
      'normalizers',
      'ignore',
      'weights',
      'single',
      'sizes',
      'large-sums',
      'nonfinite',
      'published',
      'random',
      'many-classes',
      'hard-examples.gradient',
      'laws.two-classes',
      'laws.gradient',
    ],
    atSoftmax((call, _, classes) => {
      const { value, grad = [] } = evaluate(call);
      const { targets } = call;
      return { value, grad: Array.from(grad, (g, k) => (k % classes === targets[Math.floor(k / classes)] ? g : 0)) };
    }),
  ),
  saboteur('class weights of the next class', ['alpha', 'nonfinite', 'random', 'laws.alpha'], (call) => {
    const { alpha } = call.loss;
    if (!Array.isArray(alpha)) return evaluate(call);
    return evaluate({ ...call, loss: { ...call.loss, alpha: [...alpha.slice(1), alpha[0]] } });
  }),
];
