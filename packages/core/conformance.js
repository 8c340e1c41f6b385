// What `focal-conformance --all` runs for this package: the formulas themselves, on numbers.
import { posterior, reference } from '@focal-loss/core';

export default {
  name: 'core reference float64',
  dtype: 'float64',
  device: 'composed',
  // Ten million terms would take it a minute.
  largest: 1e6,
  supports: {
    rowTargets: true,
    labelSmoothing: true,
    axis: true,
    classAlpha: true,
    broadcastWeights: true,
    examples: true,
    hess: true,
    posterior: true,
  },
  evaluate({ loss, logits, targets, shape, axis, weights, weightsShape, normalizer, wants }) {
    if (wants.includes('posterior')) return { posterior: posterior(loss)(logits, { shape, axis }) };
    const options = { shape, axis, weights, weightsShape, normalizer };
    if (wants.includes('hess')) return reference(loss).valueGradHess(logits, targets, options);
    return reference(loss).valueAndGrad(logits, targets, options);
  },
};
