import type { Derivative } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { treeSums } from './arrays.ts';
import { type Call, entryShape, flattened, unflat } from './call.ts';
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
  const { logits, labels, weights } = call;
  const op = tf.customGrad((...args) => {
    const save = args[1] as tf.GradSaveFunc;
    const { value, saved } = kernel.forward(flattened(call), wants);
    save([logits, labels, ...(weights === undefined ? [] : [weights]), ...saved]);
    return {
      value: reducedAs(call, value),
      gradFunc(dy: tf.Tensor, all: tf.Tensor[]) {
        const [logits, labels, ...rest] = all;
        const kept = flattened({ ...call, logits, labels, weights: weights && rest.shift() });
        const slope = forEntries(call, dy);
        // A tape that runs now is one of a further gradient, which wants to see how this one was made.
        const grad =
          tf.engine().isTapeOn() && call.rows > 0 ? recordedGradient(kept, slope) : kernel.gradient(kept, rest, slope);
        return unflat(call, grad, logits.shape);
      },
    };
  });
  return op(anchor);
}

/** What kernels give, in the shape of a result; sums of examples. */
export function reducedAs({ loss, logits, rows, axis, examples }: Call, value: tf.Tensor): tf.Tensor {
  if (loss.reduction !== 'none') return value;
  if (examples === undefined) return tf.reshape(value, entryShape(loss, logits.shape, axis));
  if (rows === 0) return tf.zeros([examples]);
  return tf.reshape(treeSums(tf.reshape(value, [examples, rows / examples])), [examples]);
}

/** What comes from above: one number, or one an entry. */
function forEntries({ loss, rows, examples }: Call, dy: tf.Tensor): tf.Tensor {
  if (loss.reduction !== 'none') return dy;
  if (examples === undefined || rows === 0) return tf.reshape(examples === undefined ? dy : tf.zeros([0]), [rows]);
  return tf.reshape(tf.tile(tf.reshape(dy, [examples, 1]), [1, rows / examples]), [rows]);
}
