import { type Derivative, FocalLossError, type Loss, placeOf } from '@focal-loss/core';
import { compile, type NumericArray, type TypedArrayLoss } from '@focal-loss/typed-array';
import * as tf from '@tensorflow/tfjs-core';
import type { Call } from '../call.ts';
import type { Kernel } from '../kernel.ts';
import { scaledGradient } from '../reduce.ts';

/** The kernel's name in tfjs's registry, and in its profiles. */
export const NAME = 'FocalLoss';

/** What a backend whose tensors lie in this thread's memory has to do for the kernels of `@focal-loss/typed-array`. */
export interface Memory {
  /** The numbers of a tensor, where they lie if that is possible. Valid until the next allocation. */
  view(info: tf.TensorInfo): tf.TypedArray;
  /** A new float32 tensor with these numbers. */
  from(values: Float32Array, shape: number[]): tf.TensorInfo;
  /**
   * A new float32 tensor with what `fill` writes into it, given a place, or returns without one.
   *
   * @returns undefined if the backend takes arrays as they come.
   */
  place?(shape: number[]): tf.TensorInfo;
  dispose(info: tf.TensorInfo): void;
}

interface Attributes {
  readonly loss: Loss;
  readonly shape: readonly number[];
  /** What the loss is told of the shape, where classes lie elsewhere than at its end. */
  readonly place: { readonly shape: readonly number[]; readonly axis?: number };
  /** How many numbers lie between two classes of the caller's. */
  readonly inner: number;
  readonly normalizer: number | undefined;
  readonly oneHot: boolean;
  readonly targetRows: boolean;
  readonly wants: readonly Derivative[];
}

const compiled = new WeakMap<Loss, TypedArrayLoss>();

function compiledOnce(loss: Loss): TypedArrayLoss {
  let run = compiled.get(loss);
  if (run === undefined) {
    run = compile(loss);
    compiled.set(loss, run);
  }
  return run;
}

/** Registers value and gradient in one pass for a backend, which hands out its memory. */
export function registerHost(backendName: string, memoryOf: (backend: object) => Memory): void {
  tf.registerKernel({
    kernelName: NAME,
    backendName,
    kernelFunc({ inputs, attrs, backend }) {
      const {
        loss,
        shape,
        place: where,
        inner,
        normalizer,
        oneHot,
        targetRows,
        wants,
      } = attrs as unknown as Attributes;
      const memory = memoryOf(backend as object);
      const run = compiledOnce(loss);
      const infos = [inputs.logits, inputs.labels, inputs.weights].filter((info) => info !== undefined);
      const place = wants.includes('grad') ? memory.place?.([...shape]) : undefined;
      try {
        // Twice: what the first look had to fetch may have moved what the others saw.
        infos.forEach(memory.view);
        const [logits, labels, weights] = infos.map(memory.view) as [Float32Array, NumericArray, NumericArray?];
        const targets = oneHot || targetRows ? targetsOf(loss, labels as tf.TypedArray, shape[1], oneHot) : labels;
        const options = { ...where, weights, normalizer };
        const toTensor = (value: number | ArrayLike<number>) =>
          typeof value === 'number'
            ? memory.from(Float32Array.of(value), [])
            : memory.from(value as Float32Array, [value.length]);
        if (!wants.includes('grad')) return toTensor(run.value(logits, targets, options) as never);
        if (place === undefined) {
          const { value, grad } = run.valueAndGrad(logits, targets, options);
          return [toTensor(value as never), memory.from(grad, [...shape])];
        }
        const { value } = run.valueAndGrad(logits, targets, { ...options, grad: memory.view(place) as Float32Array });
        return [toTensor(value as never), place];
      } catch (error) {
        if (place !== undefined) memory.dispose(place);
        throw asOurs(error, loss, targetRows, shape[1], inner);
      }
    },
  });
}

/** `@focal-loss/typed-array` speaks of targets; here the argument is called labels, and may have lain otherwise. */
function asOurs(error: unknown, loss: Loss, targetRows: boolean, classes: number, inner: number): unknown {
  if (!(error instanceof FocalLossError)) return error;
  const problems = error.problems.map((problem) => {
    if (problem.field !== 'targets') return problem;
    const { index } = problem;
    if (index === undefined || !targetRows) return { ...problem, field: 'labels' };
    return { ...problem, field: 'labels', index: placeOf(index, classes, inner) };
  });
  return new FocalLossError(loss.name, problems);
}

/**
 * The class of each one-hot row. If there is another row, all of them as they are: rows of probabilities.
 *
 * @throws {@link FocalLossError} where there may be none.
 */
function targetsOf(loss: Loss, labels: tf.TypedArray, classes: number, oneHot: boolean): Int32Array | tf.TypedArray {
  const result = new Int32Array(labels.length / classes);
  for (let row = 0; row < result.length; row++) {
    let ones = 0;
    let zeros = 0;
    for (let k = 0; k < classes; k++) {
      const y = labels[row * classes + k];
      if (y === 0) zeros++;
      else if (y === 1) {
        ones++;
        result[row] = k;
      }
    }
    if (ones === 1 && zeros === classes - 1) continue;
    if (!oneHot) return labels;
    const got = Array.from(labels.subarray(row * classes, (row + 1) * classes));
    const why = loss.ignoreIndex === undefined ? 'are whole numbers' : `there is ignoreIndex ${loss.ignoreIndex}`;
    const takes = `a row with a single 1 and 0 elsewhere, because labels have the shape of the logits and ${why}`;
    throw new FocalLossError(loss.name, [{ field: 'labels', index: row, got, takes }]);
  }
  return result;
}

/** What the loss is told of the shape. */
const placeIn = ({
  loss,
  logits,
  rows,
  categories: { count, inner },
}: Pick<Call, 'loss' | 'logits' | 'rows' | 'categories'>): Attributes['place'] =>
  loss.link === 'sigmoid' && typeof loss.alpha === 'object'
    ? { shape: [rows / (count * inner), count, inner], axis: 1 }
    : { shape: logits.shape };

/** The kernel of backends whose tensors lie in this thread's memory. Bad labels and weights throw, by their index. */
export const host: Kernel = {
  forward(call: Call, wants) {
    const { loss, logits, labels, weights, normalizer, oneHot, targetRows, categories } = call;
    const inputs = { logits, labels, ...(weights === undefined ? {} : { weights }) };
    const attributes: Attributes = {
      loss,
      shape: logits.shape,
      place: placeIn(call),
      inner: categories.inner,
      normalizer,
      oneHot,
      targetRows,
      wants,
    };
    const out = tf.engine().runKernel(NAME, inputs, attributes as unknown as tf.NamedAttrMap) as
      | tf.Tensor
      | tf.Tensor[];
    const [value, ...saved] = Array.isArray(out) ? out : [out];
    return { value, saved };
  },
  gradient(call, [grad], dy) {
    // A loss that is differentiated on its own, as in every training step, has dy = 1.
    if (dy.size === 1 && dy.dataSync()[0] === 1) return tf.clone(grad);
    return scaledGradient(grad, dy, call);
  },
};

/** Value and derivatives of a call that is not empty, computed in float64. Bad labels and weights throw, by their index. */
export function hostParts(call: Call): Record<'value' | 'grad' | 'hess', tf.Tensor> {
  const { loss, logits, labels, weights, normalizer, oneHot, targetRows, categories } = call;
  const y = labels.dataSync();
  const classes = logits.shape[1] as number;
  const targets = oneHot || targetRows ? targetsOf(loss, y, classes, oneHot) : y;
  const options = { ...placeIn(call), weights: weights?.dataSync(), normalizer };
  try {
    const made = compiledOnce(loss).valueGradHess(logits.dataSync() as Float32Array, targets, options);
    const { value, grad, hess } = made as { value: number | Float32Array; grad: Float32Array; hess: Float32Array };
    return {
      value: typeof value === 'number' ? tf.scalar(value) : tf.tensor1d(value),
      grad: tf.tensor(grad, logits.shape),
      hess: tf.tensor(hess, logits.shape),
    };
  } catch (error) {
    throw asOurs(error, loss, targetRows, classes, categories.inner);
  }
}

/** A value alone, of what is read back from a device that cannot compute it. Where a gradient is asked for it has no place. */
export const readBack: Kernel = { ...host, forward: (call) => ({ value: hostParts(call).value, saved: [] }) };

/** Probabilities of flattened logits, computed in float64. */
export function hostPosterior(at: Pick<Call, 'loss' | 'logits' | 'rows' | 'categories'>, logit: boolean): tf.Tensor {
  const { loss, logits } = at;
  const eta = compiledOnce(loss).posterior(logits.dataSync() as Float32Array, { ...placeIn(at), logit });
  return tf.tensor(eta, logits.shape);
}
