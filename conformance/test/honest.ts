import { posterior, reference } from '@focal-loss/core';
import { type Answer, type Backend, type Call, type Dtype, defineBackend, everything } from '../src/index.ts';
import { round } from '../src/numbers.ts';

/** Core's reference, as every wrong backend starts out. */
export function evaluate(call: Call): Answer {
  const { loss, logits, targets, shape, axis, weights, weightsShape, normalizer, wants } = call;
  if (wants?.includes('posterior')) return { posterior: posterior(loss)(logits, { shape, axis }) };
  const options = { shape, axis, weights, weightsShape, normalizer };
  if (wants?.includes('hess')) return reference(loss).valueGradHess(logits, targets, options);
  const { value, grad } = reference(loss).valueAndGrad(logits, targets, options);
  return call.grad ? { value, grad } : { value };
}

/** The reference with its answers rounded to a number format. */
export function rounded(dtype: Dtype): Backend {
  const to = (part: number | ArrayLike<number> | undefined) =>
    typeof part === 'object' ? Array.from(part, (number) => round(number, dtype)) : part;
  return defineBackend({
    name: `reference ${dtype}`,
    dtype,
    largest: 1e4,
    supports: everything,
    evaluate(call) {
      const { value, ...rest } = evaluate(call);
      const arrays = Object.fromEntries(Object.entries(rest).map(([part, numbers]) => [part, to(numbers)]));
      return { value: typeof value === 'number' ? round(value, dtype) : to(value), ...arrays };
    },
  });
}
