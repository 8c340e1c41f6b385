/**
 * Mistakes in options and parts that a backend says it has.
 *
 * @module
 */
import { type Loss, posterior, reference, sigmoidCrossEntropy, softmaxCrossEntropy } from '@focal-loss/core';
import { type Call, everything } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const has = { supports: everything };

/** Whether targets are rows of probabilities. */
const isRows = ({ loss, logits, targets }: Call) => loss.link === 'softmax' && targets.length === logits.length;

/** The places of the largest number of each row, of rows whose classes lie last. */
function largest({ targets, shape }: Call): number[] {
  const classes = shape[shape.length - 1];
  return Array.from({ length: targets.length / classes }, (_, i) => {
    const row = Array.from(targets.subarray(i * classes, (i + 1) * classes));
    return row.indexOf(Math.max(...row));
  });
}

const isLast = ({ axis, shape }: Call) => axis === undefined || axis === shape.length - 1 || axis === -1;

export const optionSaboteurs: readonly Open[] = [
  saboteur(
    'a row of probabilities taken for its largest class',
    ['soft-rows', 'label-smoothing', 'examples'],
    withCall((call) => (isRows(call) && isLast(call) ? { targets: Float64Array.from(largest(call)) } : {})),
    has,
  ),
  saboteur(
    'places rounded to the nearest class',
    ['places', 'random'],
    withCall(({ loss, targets }) => (loss.targets === 'place' ? { targets: targets.map((y) => Math.round(y)) } : {})),
    has,
  ),
  saboteur(
    'smoothed by ε at the other label instead of ε/2',
    ['label-smoothing'],
    withLoss(({ link, labelSmoothing }) => (link === 'sigmoid' ? { labelSmoothing: (2 * labelSmoothing) % 1 } : {})),
    has,
  ),
  saboteur(
    'a negative axis counted from the start',
    ['axis'],
    withCall((call) => {
      const { axis = -1, shape } = call;
      return isRows(call) && axis < -1 && -axis < shape.length ? { axis: -axis } : {};
    }),
    has,
  ),
  saboteur(
    'α of the class before',
    ['alpha-classes'],
    withLoss(({ link, alpha }) =>
      link === 'sigmoid' && typeof alpha === 'object' ? { alpha: [...alpha.slice(1), alpha[0]] } : {},
    ),
    has,
  ),
  saboteur(
    'weights repeated from the start instead of broadcast',
    ['weights-broadcast'],
    withCall(({ loss, weights, weightsShape, shape }) => {
      if (weights === undefined || weightsShape === undefined || loss.link === 'softmax') return {};
      const all = Float64Array.from(
        { length: shape.reduce((a, b) => a * b, 1) },
        (_, i) => weights[i % weights.length],
      );
      return { weights: all, weightsShape: shape };
    }),
    has,
  ),
  saboteur(
    'the sum of an example divided by its entries',
    ['examples'],
    afterwards((answer, { loss, logits }) =>
      loss.reduction === 'example' && typeof answer.value === 'object'
        ? {
            ...answer,
            value: Array.from(answer.value, (sum) => (sum * (answer.value as number[]).length) / logits.length),
          }
        : answer,
    ),
    has,
  ),
  saboteur(
    'second derivatives of cross-entropy, whatever the loss',
    ['hess'],
    afterwards((answer, { loss, logits, targets, shape, axis, weights, weightsShape, normalizer }) => {
      if (answer.hess === undefined || loss.targets === 'place') return answer;
      const { formula } = loss.link === 'sigmoid' ? sigmoidCrossEntropy() : softmaxCrossEntropy();
      const other = { ...loss, formula, params: {}, labels: 'alike' } as Loss;
      const { hess } = reference(other).valueGradHess(logits, targets, {
        shape,
        axis,
        weights,
        weightsShape,
        normalizer,
      });
      return { ...answer, hess };
    }),
    has,
  ),
  saboteur(
    'the posterior is σ(x) or the softmax',
    ['posterior'],
    (call) => {
      if (!call.wants.includes('posterior')) return evaluate(call);
      const ce = call.loss.link === 'sigmoid' ? sigmoidCrossEntropy() : softmaxCrossEntropy();
      return { posterior: posterior(ce)(call.logits, { shape: call.shape }) };
    },
    has,
  ),
  saboteur(
    'weights forgotten where α is a list',
    ['random.options'],
    withCall(({ loss, weights }) =>
      typeof loss.alpha === 'object' && weights !== undefined && loss.normalizer === 'positives'
        ? { weights: weights.map((w) => (w === 0 ? 0 : 1)) }
        : {},
    ),
    has,
  ),
];
