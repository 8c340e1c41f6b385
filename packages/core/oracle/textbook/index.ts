import { crossEntropy } from './crossEntropy.ts';
import type { Definition } from './definition.ts';
import { focal } from './focal.ts';
import { focalStar } from './focalStar.ts';
import { qualityFocal } from './qualityFocal.ts';

/** The definition of every member, under the member's key. */
export const textbook: Readonly<Record<string, Definition>> = { crossEntropy, focal, focalStar, qualityFocal };
