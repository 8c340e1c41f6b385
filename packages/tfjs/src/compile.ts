import { type Check, type Checks, checkLoss, checkOptions, flag, type Loss, type Reduction } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Call, type CallOptions, type Numbers, prepare, tensorsOf } from './call.ts';
import { readBack } from './kernels/host.ts';
import { checkProbabilities, logitsBehind, logitsGiven } from './probabilities.ts';
import { isHost, isNarrow, kernelOf } from './registry.ts';
import { evaluate } from './tape.ts';

/** What can be chosen once for all calls. */
export interface CompileOptions {
  /**
   * Default `true`. With `false`, the second argument is what a sigmoid or softmax layer made of the logits, which are
   * then recovered: exactly while a gradient is being computed, unless tfjs-layers has disposed of them, and else up to
   * about 16.6 at a sigmoid, where float32 probabilities end, and 87 at a softmax.
   */
  readonly fromLogits?: boolean | undefined;
  /** Default `true`. With `false`, the formula is composed of the backend's own operations even where a kernel exists. */
  readonly fused?: boolean | undefined;
  /**
   * Default `false`: a WebGL device that only has float16 textures is refused. With `true`, what lies there is read back and a value
   * is computed in float64, of logits as the device has rounded them. A gradient is refused all the same.
   */
  readonly evaluateOnFloat16?: boolean | undefined;
  /** Which axis of the logits has the classes: 1 for [N, classes, H, W]. From the end if negative. Default −1. */
  readonly axis?: number | undefined;
}

/**
 * A loss as a function of tensors, differentiable by the logits any number of times.
 *
 * @param labels float32, int32 or bool. Sigmoid: in [0, 1], of the logits' shape. Softmax: class indices (distribution focal:
 *   places), of the logits' shape without the axis of the classes or with 1 there; or rows of the logits' shape, of probabilities if
 *   they are float32 and else one-hot.
 * @param logits float32. Sigmoid: any shape. Softmax: the classes lie along the last axis, or along `axis`.
 * @param weights Finite weights ≥ 0, one for each label, or of a shape that broadcasts to theirs.
 * @returns A scalar, or for reduction `'none'` one loss a label, for `'example'` one sum for each index of the first axis.
 * @throws {@link FocalLossError} naming what does not fit; on the backends cpu and wasm also the index of a bad label or
 *   weight, which elsewhere makes its entry NaN, because nothing is read back from the device.
 */
export type TfLoss<R extends Reduction = Reduction> = (
  labels: Numbers,
  logits: Numbers,
  weights?: Numbers,
  options?: CallOptions,
) => R extends 'none' | 'example' ? tf.Tensor : tf.Scalar;

/**
 * Makes a loss a function of tensors for `model.compile`, `tf.grad`, `tf.variableGrads` and the like. It runs on
 * whatever backend is active when it is called.
 *
 * @throws {@link FocalLossError} if `loss` is no loss, or an option is unknown or no boolean.
 *
 * @example
 * ```ts
 * model.compile({ optimizer: 'adam', loss: compile(sigmoidFocal({ gamma: 2, alpha: 0.25 })) });
 * ```
 */
export function compile<R extends Reduction>(loss: Loss<R>, options: CompileOptions = {}): TfLoss<R> {
  checkLoss('compile', loss);
  const chosen = checkOptions(loss.name, options, compileChecks) as CompileOptions;
  const { fromLogits = true, fused = true, evaluateOnFloat16 = false, axis } = chosen;

  return (labels, input, weights, options) =>
    tf.tidy(() => {
      const backend = tf.getBackend();
      const tensors = tensorsOf(loss, { labels, logits: input, weights });
      if (!fromLogits && isHost(backend)) checkProbabilities(loss, tensors.logits.dataSync());
      const { logits, anchor } = fromLogits
        ? logitsGiven(loss, tensors.logits)
        : logitsBehind(loss, tensors.logits, axis);
      const call = prepare(loss, { ...tensors, logits }, options, axis);
      const readsBack = evaluateOnFloat16 && isNarrow(backend) && !tf.engine().isTapeOn();
      const kernelFor = (part: Call) => (readsBack && part.rows > 0 ? readBack : kernelOf(part, backend, fused));
      return evaluate(call, kernelFor, anchor) as tf.Scalar;
    });
}

/** An axis, as an option. */
export const axisCheck: Check = { takes: 'a whole number', accepts: Number.isInteger };

/** What `compile` takes. */
export const compileChecks: Checks = { fromLogits: flag, fused: flag, evaluateOnFloat16: flag, axis: axisCheck };
