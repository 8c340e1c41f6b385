import type { Derivative } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { treeSums } from './arrays.ts';
import { gradientByLabels, gradientByWeights, takesLabelGradient } from './byInputs.ts';
import { type Call, entryShape, flattened, shaped, unflat } from './call.ts';
import type { Kernel } from './kernel.ts';
import { recorded } from './operation.ts';
import { recordedGradient } from './recorded.ts';

/**
 * A call as one node of the tape, whose gradient is the closed form: none of tfjs's own gradients of `pow`, clipping or
 * softplus has a part in it. Value and gradient are computed together, and the gradient only if a tape is running; that by labels
 * or weights where these depend on what is differentiated by.
 *
 * @param kernelFor Finds the kernel of a call: for other gradients than that by the logits, of other calls, too.
 * @param anchor The tensor that takes the gradient: the logits, or what they were recovered from.
 */
export function evaluate(call: Call, kernelFor: (call: Call) => Kernel, anchor = call.logits): tf.Tensor {
  const kernel = kernelFor(call);
  const wants: Derivative[] = tf.engine().isTapeOn() ? ['value', 'grad'] : ['value'];
  const { logits, labels, weights } = call;
  const isLearnt = weights?.dtype === 'float32';
  return recorded<'logits' | 'labels' | 'weights'>(
    {
      logits: anchor,
      ...(takesLabelGradient(call) && { labels }),
      ...(isLearnt && { weights }),
    },
    (_, save) => {
      const { value, saved } = kernel.forward(flattened(call), wants);
      save(saved);
      return reducedAs(call, value);
    },
    (dy, { logits, labels, weights }, saved) => {
      const kept: Call = { ...call, logits, labels, weights: call.weights && weights };
      const flat = flattened(kept);
      const slope = forEntries(call, dy);
      const value = (part: Call) => evaluate(part, kernelFor);
      return {
        logits() {
          // A tape that runs now is one of a further gradient, which wants to see how this one was made.
          const again = tf.engine().isTapeOn() && call.rows > 0;
          const grad = again ? recordedGradient(flat, slope) : kernel.gradient(flat, [...saved], slope);
          return unflat(call, grad, logits.shape);
        },
        labels() {
          const grad = gradientByLabels(flat, value, slope);
          return call.targetRows ? unflat(call, grad, labels.shape) : tf.reshape(grad, labels.shape);
        },
        weights: () => tf.reshape(gradientByWeights(flat, value, slope), weights.shape),
      };
    },
    { logits, labels, ...(weights && { weights }) },
  );
}

/** What kernels give, in the shape of a result; sums of examples. */
export function reducedAs({ loss, logits, rows, axis, examples }: Call, value: tf.Tensor): tf.Tensor {
  if (loss.reduction !== 'none') return value;
  if (examples === undefined) return shaped(value, entryShape(loss, logits.shape, axis));
  if (rows === 0) return tf.zeros([examples]);
  return tf.reshape(treeSums(tf.reshape(value, [examples, rows / examples])), [examples]);
}

/** What comes from above: one number, or one an entry. */
function forEntries({ loss, rows, examples }: Call, dy: tf.Tensor): tf.Tensor {
  if (loss.reduction !== 'none') return dy;
  if (examples === undefined || rows === 0) return shaped(examples === undefined ? dy : tf.zeros([0]), [rows]);
  return tf.reshape(tf.tile(tf.reshape(dy, [examples, 1]), [1, rows / examples]), [rows]);
}
