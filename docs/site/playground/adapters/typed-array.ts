import { defineBackend } from '@focal-loss/conformance';
import { compile, engines } from '@focal-loss/typed-array';
import type { Plugged } from '../plug.ts';

/** Plain typed arrays: WebAssembly SIMD where the browser has it. */
export default async (): Promise<Plugged> => ({
  backend: defineBackend({
    name: `typed-array float32 ${engines()[0]}`,
    dtype: 'float32',
    evaluate({ loss, logits, targets, shape, weights, normalizer, grad }) {
      const run = compile(loss);
      const options = { shape, weights, normalizer };
      return grad ? run.valueAndGrad(logits, targets, options) : { value: run.value(logits, targets, options) };
    },
  }),
});
