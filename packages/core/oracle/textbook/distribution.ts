import { crossEntropy } from './crossEntropy.ts';
import type { Definition } from './definition.ts';

/** Li et al. 2020, eq. 6: −(i+1−y) log S_i − (y−i) log S_{i+1}; of each class, −log S. */
export const distribution: Definition = { ...crossEntropy, tried: { sigmoid: [], softmax: [{}] } };
