import type { Call } from '../call.ts';
import type { Arrays } from '../memory/owners.ts';
import { padded } from './memory.ts';

/**
 * Where an array of a call begins in the memory of the kernels that work on a block of `n` entries of it; 0 if it does not lie
 * there. Nor does what ends within a vector: kernels know whole ones only, and what follows belongs to others.
 */
export const placeOf = ({ places }: Call, field: keyof Arrays, n: number): number =>
  places === undefined || n !== padded(n) ? 0 : places[field];
