import { asymmetric } from './asymmetric.ts';
import { crossEntropy } from './crossEntropy.ts';
import { distribution } from './distribution.ts';
import { focal } from './focal.ts';
import { focalStar } from './focalStar.ts';
import { gaussianFocal } from './gaussianFocal.ts';
import { iouAwareCrossEntropy } from './iouAwareCrossEntropy.ts';
import { matchabilityAware } from './matchabilityAware.ts';
import type { Member } from './member.ts';
import { poly } from './poly.ts';
import { qualityFocal } from './qualityFocal.ts';
import { varifocal } from './varifocal.ts';

export {
  asymmetric,
  crossEntropy,
  distribution,
  focal,
  focalStar,
  gaussianFocal,
  iouAwareCrossEntropy,
  matchabilityAware,
  poly,
  qualityFocal,
  varifocal,
};

/** Every member of the family. Kernels, vectors and docs are made by walking this list. */
export const family: readonly Member[] = [
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
] as readonly Member[];
