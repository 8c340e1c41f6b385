import type { Loss } from '../case.ts';

/** A loss per γ. The paper's range is [0.5, 5]; below 1 the schoolbook gradient divides by zero. */
const focal = (factory: string, gammas: readonly number[]): Loss[] =>
  gammas.map((gamma) => ({ factory, options: { gamma } }));

const focalStar = (factory: string, pairs: readonly (readonly [number, number])[]): Loss[] =>
  pairs.map(([gamma, beta]) => ({ factory, options: { gamma, beta } }));

export const quality = (betas: readonly number[]): Loss[] =>
  betas.map((beta) => ({ factory: 'qualityFocal', options: { beta } }));

/** Every sigmoid loss; the first two pairs of FL* are those the paper plots. */
export const sigmoidLosses: readonly Loss[] = [
  { factory: 'sigmoidCrossEntropy', options: {} },
  ...focal('sigmoidFocal', [0, 0.1, 0.5, 0.9, 1, 1.5, 2, 3, 5]),
  ...focalStar('sigmoidFocalStar', [
    [2, 1],
    [4, 0],
    [1, 0],
    [0.5, -1],
    [5, 3],
    [1.5, 1],
  ]),
  ...quality([0, 0.5, 1, 2, 3]),
];

export const softmaxLosses: readonly Loss[] = [
  { factory: 'softmaxCrossEntropy', options: {} },
  ...focal('softmaxFocal', [0, 0.5, 1, 2, 5]),
  ...focalStar('softmaxFocalStar', [
    [2, 1],
    [0.5, -1],
  ]),
];

/** The element by element form of a loss. */
export const elementwise = ({ factory, options }: Loss): Loss => ({
  factory,
  options: { ...options, reduction: 'none' },
});

/** How ids spell a loss: `sigmoidFocal(gamma=2)`. */
export const spell = ({ factory, options }: Loss): string =>
  `${factory}(${Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(',')})`;
