import { crossEntropy } from './crossEntropy.ts';
import { focal } from './focal.ts';
import { focalStar } from './focalStar.ts';
import type { Member } from './member.ts';
import { qualityFocal } from './qualityFocal.ts';

export { crossEntropy, focal, focalStar, qualityFocal };

/** Every member of the family. Kernels, vectors and docs are made by walking this list. */
export const family: readonly Member[] = [crossEntropy, focal, focalStar, qualityFocal] as readonly Member[];
