import { one, pow } from '../decimal.ts';
import type { Definition } from './definition.ts';
import { focal } from './focal.ts';

/** Law and Deng 2018, eq. 1: (1 − p)^α·(−log p) where y = 1, else (1 − y)^β·p^α·(−log(1 − p)). */
export const gaussianFocal: Definition = {
  positive: (at, { alpha }) => focal.positive(at, { gamma: alpha }),
  negative: (at, { alpha }) => focal.negative(at, { gamma: alpha }),
  soft(at, { alpha, beta }) {
    const { value, slope } = focal.negative(at, { gamma: alpha });
    const forgiven = pow(one.minus(at.y), beta);
    return { value: forgiven.times(value), slope: forgiven.times(slope) };
  },
  positives: 'ones',
  tried: { sigmoid: [{}, { alpha: 0.5, beta: 1 }, { alpha: 3.25, beta: 2.5 }, { alpha: 0, beta: 0 }], softmax: [] },
};
