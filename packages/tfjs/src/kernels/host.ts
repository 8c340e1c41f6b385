import { type Derivative, FocalLossError, type Loss } from '@focal-loss/core';
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
  readonly normalizer: number | undefined;
  readonly oneHot: boolean;
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
      const { loss, shape, normalizer, oneHot, wants } = attrs as unknown as Attributes;
      const memory = memoryOf(backend as object);
      const run = compiledOnce(loss);
      const infos = [inputs.logits, inputs.labels, inputs.weights].filter((info) => info !== undefined);
      const place = wants.includes('grad') ? memory.place?.([...shape]) : undefined;
      try {
        // Twice: what the first look had to fetch may have moved what the others saw.
        infos.forEach(memory.view);
        const [logits, labels, weights] = infos.map(memory.view) as [Float32Array, NumericArray, NumericArray?];
        const targets = oneHot ? classesOf(loss, labels as tf.TypedArray, shape[1]) : labels;
        const options = { shape, weights, normalizer };
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
        throw error instanceof FocalLossError ? new FocalLossError(loss.name, error.problems.map(asArgument)) : error;
      }
    },
  });
}

/** `@focal-loss/typed-array` speaks of targets; here the argument is called labels. */
const asArgument = (problem: FocalLossError['problems'][number]) =>
  problem.field === 'targets' ? { ...problem, field: 'labels' } : problem;

/** The class of each one-hot row. */
function classesOf(loss: Loss, labels: tf.TypedArray, classes: number): Int32Array {
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
    const got = Array.from(labels.subarray(row * classes, (row + 1) * classes));
    const takes = 'a row with a single 1 and else 0, where labels have the shape of the logits';
    throw new FocalLossError(loss.name, [{ field: 'labels', index: row, got, takes }]);
  }
  return result;
}

/** The kernel of backends whose tensors lie in this thread's memory. Bad labels and weights throw, by their index. */
export const host: Kernel = {
  forward({ loss, logits, labels, weights, normalizer, oneHot }: Call, wants) {
    const inputs = { logits, labels, ...(weights === undefined ? {} : { weights }) };
    const attributes: Attributes = { loss, shape: logits.shape, normalizer, oneHot, wants };
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
