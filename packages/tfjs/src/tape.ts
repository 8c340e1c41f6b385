import type { Derivative } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Call, entryShape, flattened } from './call.ts';
import type { Kernel } from './kernel.ts';
import { recordedGradient } from './recorded.ts';

/**
 * A call as one node of the tape, whose gradient is the closed form: none of tfjs's own gradients of `pow`, clipping or
 * softplus has a part in it. Value and gradient are computed together, and the gradient only if a tape is running.
 *
 * @param anchor The tensor that takes the gradient: the logits, or what they were recovered from.
 */
export function evaluate(call: Call, kernel: Kernel, anchor: tf.Tensor): tf.Tensor {
  const wants: Derivative[] = tf.engine().isTapeOn() ? ['value', 'grad'] : ['value'];
  const { loss, logits, labels, weights } = call;
  const op = tf.customGrad((...args) => {
    const save = args[1] as tf.GradSaveFunc;
    const { value, saved } = kernel.forward(flattened(call), wants);
    save([logits, labels, ...(weights === undefined ? [] : [weights]), ...saved]);
    return {
      value: loss.reduction === 'none' ? tf.reshape(value, entryShape(loss, logits.shape)) : value,
      gradFunc(dy: tf.Tensor, all: tf.Tensor[]) {
        const [logits, labels, ...rest] = all;
        const kept = flattened({ ...call, logits, labels, weights: weights && rest.shift() });
        const slope = loss.reduction === 'none' ? tf.reshape(dy, [call.rows]) : dy;
        // A tape that runs now is one of a further gradient, which wants to see how this one was made.
        const grad =
          tf.engine().isTapeOn() && call.rows > 0 ? recordedGradient(kept, slope) : kernel.gradient(kept, rest, slope);
        return tf.reshape(grad, logits.shape);
      },
    };
  });
  return op(anchor);
}
