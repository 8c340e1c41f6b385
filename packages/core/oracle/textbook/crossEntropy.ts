import { apart, type Definition, expected, logP, logQ } from './definition.ts';

/** Paper eq. 1: CE = −log p_t, dCE/dx_t = p_t − 1 (eq. 9). */
export const crossEntropy: Definition = {
  positive: (at) => ({ value: logP(at).neg(), slope: at.p.minus(1) }),
  negative: (at) => ({ value: logQ(at).neg(), slope: at.p }),
  soft: (at) => ({ value: expected(at), slope: at.p.minus(at.y), slopeScale: apart(at) }),
  tried: { sigmoid: [{}], softmax: [{}] },
};
