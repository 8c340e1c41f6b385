// What `focal-conformance --all` runs for this package: the formulas themselves, on numbers.
import { reference } from '@focal-loss/core';

export default {
  name: 'core reference float64',
  dtype: 'float64',
  device: 'composed',
  // Ten million terms would take it a minute.
  largest: 1e6,
  evaluate: ({ loss, logits, targets, shape, weights, normalizer }) =>
    reference(loss).valueAndGrad(logits, targets, { shape, weights, normalizer }),
};
