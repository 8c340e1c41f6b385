/** What `init` writes: the example backend of the README, valid as JavaScript and as TypeScript. */
export const starter = `import { defineBackend } from '@focal-loss/conformance';
import { reference } from '@focal-loss/core';

export default defineBackend({
  name: 'mine',
  dtype: 'float64',
  device: 'composed',
  largest: 1e6, // logits at once: sums of ten million take the reference a minute
  evaluate({ loss, logits, targets, shape, weights, normalizer }) {
    // Your implementation in place of the reference.
    return reference(loss).valueAndGrad(logits, targets, { shape, weights, normalizer });
  },
});
`;
