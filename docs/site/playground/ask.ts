import type { Backend } from '@focal-loss/conformance';
import type { Loss } from '@focal-loss/core';

/** Loss and gradient at some logits. */
export interface Values {
  readonly value: readonly number[];
  readonly grad: readonly number[];
}

/** Asks an adapter for the losses of single logits, and their slopes. */
export async function ask(
  { dtype, evaluate }: Backend,
  loss: Loss,
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
): Promise<Values> {
  const array = dtype === 'float64' ? Float64Array : Float32Array;
  const { value, grad } = await evaluate({
    loss,
    logits: array.from(logits),
    targets: array.from(targets),
    shape: [logits.length],
    wants: ['value', 'grad'],
    grad: true,
  });
  return { value: Array.from(value as ArrayLike<number>), grad: Array.from(grad ?? []) };
}
