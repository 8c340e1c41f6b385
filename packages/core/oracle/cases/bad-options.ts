import type { Case, VectorFile } from '../case.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** Options the factory must refuse, naming each `field`. */
const refused = (factory: string, what: string, options: Readonly<Record<string, unknown>>, field: string): Case => ({
  id: `${factory}/bad-options/${what}`,
  clause: 'bad-options',
  loss: { factory, options },
  expect: { error: { field } },
});

export const badOptions: VectorFile = {
  title: 'Options that no loss takes',
  cases: () => [
    refused('sigmoidFocal', 'gamma-negative', { gamma: -1 }, 'gamma'),
    refused('sigmoidFocal', 'gamma-nan', { gamma: nan }, 'gamma'),
    refused('sigmoidFocal', 'gamma-infinite', { gamma: infinity }, 'gamma'),
    refused('sigmoidFocal', 'gamma-string', { gamma: '2' }, 'gamma'),
    refused('sigmoidFocal', 'gamma-null', { gamma: null }, 'gamma'),
    refused('sigmoidFocalStar', 'gamma-zero', { gamma: 0 }, 'gamma'),
    refused('sigmoidFocalStar', 'beta-nan', { beta: nan }, 'beta'),
    refused('softmaxFocal', 'gamma-negative', { gamma: -0.5 }, 'gamma'),
    refused('qualityFocal', 'beta-negative', { beta: -2 }, 'beta'),

    refused('sigmoidFocal', 'alpha-above-one', { alpha: 1.5 }, 'alpha'),
    refused('sigmoidFocal', 'alpha-negative', { alpha: -0.1 }, 'alpha'),
    refused('sigmoidFocal', 'alpha-nan', { alpha: nan }, 'alpha'),
    refused('sigmoidFocal', 'alpha-list', { alpha: [0.25, 1.75] }, 'alpha'),
    refused('sigmoidFocal', 'alpha-empty', { alpha: [] }, 'alpha'),
    refused('sigmoidFocal', 'label-smoothing-one', { labelSmoothing: 1 }, 'labelSmoothing'),
    refused('varifocal', 'flag-number', { iouWeighted: 1 }, 'iouWeighted'),
    refused('asymmetric', 'margin-above-one', { margin: 1.5 }, 'margin'),
    refused('sigmoidPoly', 'epsilon', { epsilon: -1.5 }, 'epsilon'),
    refused('softmaxFocal', 'alpha-scalar', { alpha: 0.25 }, 'alpha'),
    refused('softmaxFocal', 'alpha-with-negative', { alpha: [1, -1, 1] }, 'alpha'),
    refused('softmaxFocal', 'alpha-with-nan', { alpha: [1, nan] }, 'alpha'),

    refused('sigmoidFocal', 'unknown', { alhpa: 0.25 }, 'alhpa'),
    refused('sigmoidCrossEntropy', 'unknown-gamma', { gamma: 2 }, 'gamma'),
    refused('qualityFocal', 'unknown-alpha', { alpha: 0.25 }, 'alpha'),
    refused('sigmoidFocal', 'unknown-background', { background: 0 }, 'background'),

    refused('sigmoidFocal', 'reduction', { reduction: 'average' }, 'reduction'),
    refused('sigmoidFocal', 'normalizer', { normalizer: 'batch' }, 'normalizer'),
    refused('sigmoidFocal', 'normalizer-of-sum', { reduction: 'sum', normalizer: 'positives' }, 'normalizer'),
    refused('softmaxFocal', 'positives-without-background', { normalizer: 'positives' }, 'background'),
    refused('softmaxFocal', 'background-fractional', { normalizer: 'positives', background: 0.5 }, 'background'),
    refused('sigmoidFocal', 'ignore-index-fractional', { ignoreIndex: 1.5 }, 'ignoreIndex'),
  ],
};
