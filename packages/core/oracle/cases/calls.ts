import type { Case, Input, VectorFile } from '../case.ts';
import { solve } from '../evaluate.ts';
import { float16 } from '../float16.ts';
import { random } from '../random.ts';
import { spell } from './losses.ts';

const next = random(2026);
const draw = (count: number, of: () => number) => Array.from({ length: count }, of);
const logits = (count: number, spread = 8) => draw(count, () => float16((next() * 2 - 1) * spread));
const whole = (below: number) => () => Math.floor(next() * below);
const share = () => float16(next());

const product = (shape: readonly number[]) => shape.reduce((all, size) => all * size, 1);

/** A softmax input of that shape, with class indices or with rows of probabilities that need not sum to 1. */
function rows(shape: readonly number[], axis: number, targets: 'index' | 'rows' | 'places', spread?: number): Input {
  const classes = shape.at(axis) ?? 0;
  const count = product(shape) / classes;
  const place = () => float16(next() * (classes - 1));
  const of = {
    index: () => draw(count, whole(classes)),
    places: () => draw(count, place),
    rows: () => mixed(product(shape)),
  };
  return { logits: logits(product(shape), spread), targets: of[targets](), shape, ...(axis !== -1 && { axis }) };
}

/** Zeros and ones among the probabilities. */
const mixed = (count: number) => draw(count, share).map((y, i) => (i % 5 === 0 ? 0 : i % 7 === 0 ? 1 : y));

const labels = (count: number) => draw(count, share).map((y, i) => (i % 3 === 0 ? 1 : i % 3 === 1 ? 0 : y));

const one = (clause: string, what: string, factory: string, options: Record<string, unknown>, input: Input): Case =>
  solve(`${spell({ factory, options })}/${clause}/${what}`, clause, { factory, options }, input);

const none = { reduction: 'none' };

export const calls: VectorFile = {
  title:
    'Calls of any shape: rows of probabilities, smoothed labels, axes, α a class, weights that broadcast, sums of examples',
  cases: () => [
    ...(['softmaxCrossEntropy', 'softmaxFocal', 'softmaxFocalStar', 'softmaxPoly'] as const).flatMap((factory) => [
      one('soft-rows', 'rows', factory, none, rows([4, 5], -1, 'rows')),
      one('soft-rows', 'spread', factory, none, rows([3, 4], -1, 'rows', 100)),
      one(
        'soft-rows',
        'mean',
        factory,
        { alpha: [0.5, 2, 0], normalizer: 'positives', background: 1 },
        rows([6, 3], -1, 'rows'),
      ),
      one('label-smoothing', 'index', factory, { ...none, labelSmoothing: 0.1 }, rows([5, 4], -1, 'index')),
      one(
        'label-smoothing',
        'rows',
        factory,
        { ...none, labelSmoothing: 0.25, alpha: [1, 0.5, 3] },
        rows([4, 3], -1, 'rows'),
      ),
      one('axis', 'nchw', factory, none, rows([2, 3, 2, 2], 1, 'index')),
      one('axis', 'first', factory, { alpha: [1, 2, 0.5], ignoreIndex: 1 }, rows([3, 5], 0, 'index')),
      one('axis', 'rows', factory, { reduction: 'sum' }, rows([2, 3, 4], -2, 'rows')),
    ]),
    one('places', 'rows', 'distributionFocal', none, rows([9, 17], -1, 'places')),
    one(
      'places',
      'axis',
      'distributionFocal',
      { ignoreIndex: -1 },
      {
        ...rows([3, 8, 4], 1, 'places'),
        targets: [0, 7, -1, 3.5, 6.25, 1, -1, 2, 0.125, 5, 6, 4.75],
      },
    ),
    ...(['sigmoidFocal', 'sigmoidCrossEntropy', 'qualityFocal', 'sigmoidPoly'] as const).flatMap((factory) =>
      [0.1, 0.001].map((labelSmoothing) =>
        one(
          'label-smoothing',
          'labels',
          factory,
          { ...none, labelSmoothing },
          {
            logits: [...logits(18, 30), 90, -90, 60],
            targets: [...labels(18), 1, 1, 0],
          },
        ),
      ),
    ),
    one(
      'label-smoothing',
      'alpha',
      'sigmoidFocal',
      { labelSmoothing: 0.2, alpha: 0.25, normalizer: 'positives' },
      {
        logits: logits(12),
        targets: labels(12),
      },
    ),
    ...(['sigmoidFocal', 'sigmoidCrossEntropy', 'asymmetric'] as const).flatMap((factory) => [
      one(
        'alpha-classes',
        'last',
        factory,
        { ...none, alpha: [0.25, 0.5, 0.999] },
        {
          logits: logits(12, 20),
          targets: labels(12),
          shape: [4, 3],
        },
      ),
      one(
        'alpha-classes',
        'axis',
        factory,
        { alpha: [0, 1] },
        {
          logits: logits(12, 20),
          targets: labels(12),
          shape: [2, 2, 3],
          axis: 1,
        },
      ),
    ]),
    one('weights-broadcast', 'all', 'sigmoidFocal', none, { logits: logits(6), targets: labels(6), weights: [0.5] }),
    one(
      'weights-broadcast',
      'last',
      'sigmoidFocal',
      { normalizer: 'weights' },
      {
        logits: logits(12),
        targets: labels(12),
        shape: [4, 3],
        weights: [1, 0, 2.5],
      },
    ),
    one(
      'weights-broadcast',
      'rows',
      'sigmoidFocal',
      {},
      {
        logits: logits(12),
        targets: labels(12),
        shape: [4, 3],
        weights: [1, 0, 2.5, 0.25],
        weightsShape: [4, 1],
      },
    ),
    one(
      'weights-broadcast',
      'images',
      'softmaxFocal',
      { normalizer: 'weights' },
      {
        ...rows([2, 3, 2, 2], 1, 'index'),
        weights: [3, 0.5],
        weightsShape: [2, 1, 1],
      },
    ),
    one(
      'examples',
      'sigmoid',
      'sigmoidFocal',
      { reduction: 'example', alpha: 0.25 },
      {
        logits: logits(12),
        targets: labels(12),
        shape: [3, 2, 2],
        weights: draw(12, share),
      },
    ),
    one('examples', 'entries', 'sigmoidFocal', { reduction: 'example' }, { logits: logits(4), targets: labels(4) }),
    one('examples', 'softmax', 'softmaxFocal', { reduction: 'example', ignoreIndex: 2 }, rows([3, 4, 2], 1, 'index')),
    one('examples', 'rows', 'softmaxFocal', { reduction: 'example' }, rows([2, 2, 3], -1, 'rows')),
    one(
      'examples',
      'without-entries',
      'sigmoidFocal',
      { reduction: 'example' },
      { logits: [], targets: [], shape: [3, 0] },
    ),
    one(
      'examples',
      'without-rows',
      'softmaxFocal',
      { reduction: 'example' },
      { logits: [], targets: [], shape: [2, 0, 3] },
    ),
    one('normalizers', 'ones', 'gaussianFocal', { normalizer: 'positives' }, { logits: logits(9), targets: labels(9) }),
  ],
};
