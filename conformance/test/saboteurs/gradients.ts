/**
 * Mistakes in the gradient of one logit, beside a value that is right.
 *
 * @module
 */
import { evaluate } from '../honest.ts';
import { byHand, sigmoid, softplus } from './byHand.ts';
import { afterwards, type Open, saboteur } from './saboteur.ts';

export const gradientSaboteurs: readonly Open[] = [
  saboteur(
    'gradient of another γ than the value',
    [
      'values.tiny',
      'values.ordinary',
      'values.saturated',
      'values.extreme',
      'alpha',
      'soft-labels',
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
      'laws.two-classes',
      'laws.gradient',
    ],
    (call) => {
      const { value } = evaluate(call);
      const { loss } = call;
      const gamma = Math.max((loss.params.gamma ?? 0) - 1, 0);
      const wrong = loss.name === 'sigmoidFocal' ? { ...loss, params: { gamma } } : loss;
      return { ...evaluate({ ...call, loss: wrong }), value };
    },
  ),
  saboteur(
    'no gradient through the modulator',
    [
      'values.tiny',
      'values.ordinary',
      'values.saturated',
      'values.extreme',
      'alpha',
      'soft-labels',
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
      'laws.gamma-zero',
      'laws.two-classes',
      'laws.gradient',
    ],
    byHand((x, y, gamma) => {
      const z = (2 * y - 1) * x;
      const modulator = sigmoid(-z) ** gamma;
      return { value: modulator * softplus(-z), tangent: -(2 * y - 1) * modulator * sigmoid(-z) };
    }),
  ),
  saboteur(
    'gradient of the wrong sign',
    [
      'operations.add',
      'operations.sub',
      'operations.mul',
      'operations.max',
      'operations.div',
      'operations.neg',
      'operations.abs',
      'operations.softplus',
      'operations.sigmoid',
      'operations.exp',
      'operations.log1p',
      'operations.pow',
      'operations.affine',
      'operations.log',
      'operations.where',
      'values.*',
      'alpha',
      'soft-labels',
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
      'laws.gradient',
    ],
    afterwards(({ value, grad = [] }) => ({ value, grad: Array.from(grad, (g) => -g) })),
  ),
];
