import { asymmetric } from './asymmetric.ts';
import { crossEntropy } from './crossEntropy.ts';
import type { Definition } from './definition.ts';
import { distribution } from './distribution.ts';
import { focal } from './focal.ts';
import { focalStar } from './focalStar.ts';
import { gaussianFocal } from './gaussianFocal.ts';
import { iouAwareCrossEntropy } from './iouAwareCrossEntropy.ts';
import { matchabilityAware } from './matchabilityAware.ts';
import { poly } from './poly.ts';
import { qualityFocal } from './qualityFocal.ts';
import { varifocal } from './varifocal.ts';

/** The definition of every member, under the member's key. */
export const textbook: Readonly<Record<string, Definition>> = {
  crossEntropy,
  focal,
  focalStar,
  poly,
  qualityFocal,
  varifocal,
  asymmetric,
  gaussianFocal,
  iouAwareCrossEntropy,
  matchabilityAware,
  distribution,
};
