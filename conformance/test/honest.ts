import { reference } from '@focal-loss/core';
import { type Answer, type Backend, type Call, type Dtype, defineBackend } from '../src/index.ts';
import { round } from '../src/numbers.ts';

/** Core's reference, as every wrong backend starts out. */
export function evaluate({ loss, logits, targets, shape, weights, normalizer, grad: wanted }: Call): Answer {
  const options = { shape, ...(weights && { weights }), ...(normalizer === undefined ? {} : { normalizer }) };
  const { value, grad: gradient } = reference(loss).valueAndGrad(logits, targets, options);
  return wanted ? { value, grad: gradient } : { value };
}

/** The reference with its answers rounded to a number format. */
export function rounded(dtype: Dtype): Backend {
  const to = (numbers: ArrayLike<number>) => Array.from(numbers, (number) => round(number, dtype));
  return defineBackend({
    name: `reference ${dtype}`,
    dtype,
    largest: 1e4,
    evaluate(call) {
      const { value, grad } = evaluate(call);
      return { value: typeof value === 'number' ? round(value, dtype) : to(value), grad: grad && to(grad) };
    },
  });
}
