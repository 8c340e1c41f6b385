import * as tf from '@tensorflow/tfjs-core';

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** What is used of tfjs's engine. */
interface Engine {
  nextTensorId(): number;
  runKernelFunc(operation: {
    readonly inputs: Tensors;
    forwardFunc(backend: unknown, save: (tensors: tf.Tensor[]) => void): tf.Tensor;
    backwardsFunc(dy: tf.Tensor, saved: tf.Tensor[]): Record<string, () => tf.Tensor>;
  }): tf.Tensor;
}

const engine = () => tf.engine() as unknown as Engine;

/**
 * The same numbers under another name: a tape, which knows tensors by name, does not see where they come from. For what is compared
 * with, since tfjs has no gradients of truths.
 */
export const renamed = (tensor: tf.Tensor): tf.Tensor =>
  Object.create(tensor, { id: { value: engine().nextTensorId() } });

/**
 * An operation of one's own on the tape. As `tf.customGrad`, but a gradient is computed only by which input it is asked for, which
 * that cannot tell.
 *
 * @param inputs What there may be gradients by.
 * @param forward May keep more tensors for the gradient than those of `kept`, by `save`.
 * @param backward dy times the derivatives by the inputs.
 * @param kept What is kept for the gradient. Default: the inputs.
 */
export function recorded<Input extends string>(
  inputs: Readonly<Partial<Record<Input, tf.Tensor>>>,
  forward: (inputs: Readonly<Record<Input, tf.Tensor>>, save: (more: readonly tf.Tensor[]) => void) => tf.Tensor,
  backward: (
    dy: tf.Tensor,
    kept: Readonly<Record<Input, tf.Tensor>>,
    more: readonly tf.Tensor[],
  ) => Partial<Record<Input, () => tf.Tensor>>,
  kept: Readonly<Partial<Record<Input, tf.Tensor>>> = inputs,
): tf.Tensor {
  const names = Object.keys(kept) as Input[];
  const present = Object.fromEntries(Object.entries(inputs).filter(([, tensor]) => tensor !== undefined)) as Tensors;
  const own = names.map((name) => kept[name] as tf.Tensor);
  return engine().runKernelFunc({
    inputs: present,
    forwardFunc(_, save) {
      let more: readonly tf.Tensor[] = [];
      const value = forward(kept as Record<Input, tf.Tensor>, (tensors) => {
        more = tensors;
      });
      save([...own, ...more]);
      return value;
    },
    backwardsFunc(dy, saved) {
      const again = Object.fromEntries(names.map((name, i) => [name, saved[i]])) as Record<Input, tf.Tensor>;
      return backward(dy, again, saved.slice(names.length)) as Record<string, () => tf.Tensor>;
    },
  });
}
