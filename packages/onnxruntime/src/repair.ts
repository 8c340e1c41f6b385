import { accumulator, type Loss, reference } from '@focal-loss/core';
import type { Precision } from '@focal-loss/onnx';
import type { CheckedCall } from './call.ts';

/** From here on γ times a logit may overflow. */
const LARGE: Readonly<Record<Precision, number>> = { float32: 2 ** 88, float64: 2 ** 984 };

/**
 * Whether the losses of a chunk say that a logit of it was NaN, infinite, or so large that γ times it overflows. Graphs
 * are written for the others: there, 0·∞ is NaN.
 */
export const needsRepair = (total: number, precision: Precision) => !(Math.abs(total) < LARGE[precision]);

/** Rows `from` to `from + n` of a call by core's reference: slow, and right at every logit. Silenced entries stay silent. */
export function repair(
  loss: Loss,
  { classes, perClass, block, inner, logits, targets, targetRows, weights, divisor }: CheckedCall,
  from: number,
  n: number,
) {
  const part = (source: ArrayLike<number>, each: number) =>
    Float64Array.from({ length: n * each }, (_, i) => source[from * each + i]);
  const single: Loss = { ...loss, reduction: 'none', normalizer: 'count' };
  const shape =
    loss.link === 'softmax'
      ? { shape: [n, classes] }
      : perClass
        ? { shape: [n / block, block / inner, inner], axis: 1 }
        : {};
  const { value, grad, hess } = reference(single).valueGradHess(
    part(logits, classes),
    part(targets, targetRows ? classes : 1),
    { ...shape, weights: weights && part(weights, 1) },
  );
  // Nothing to divide by is 0, whatever the entries are.
  const divide = (a: number) => (divisor === 0 ? 0 : a / divisor);
  const values = (value as Float64Array).map(divide);
  const total = accumulator();
  for (const one of values) total.add(one);
  return { values, grad: grad.map(divide), hess: hess.map(divide), total: total.total() };
}
