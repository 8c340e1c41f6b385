import {
  checkLoss,
  checkOptions,
  checkTold,
  FocalLossError,
  flag,
  type Loss,
  type Ops,
  posteriorLogits,
  remember,
} from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { arraysOf } from './arrays.ts';
import {
  axisOf,
  type Call,
  type CallOptions,
  flat,
  flattened,
  logitsOf,
  logitsProblems,
  type Numbers,
  prepare,
  tensorsOf,
  unflat,
} from './call.ts';
import { axisCheck, type CompileOptions } from './compile.ts';
import { composedParts, empty, filled } from './composed.ts';
import { hostParts, hostPosterior } from './kernels/host.ts';
import { alphaOf } from './operands.ts';
import { type Operand, operandOf } from './ops.ts';
import { checkBackend, isHost } from './registry.ts';
import { reducedAs } from './tape.ts';

/** A value and its derivatives by the logits. */
export interface Parts {
  /** As {@link compile} gives it. */
  readonly value: tf.Tensor;
  /** ∂value/∂logits, of the logits' shape; for reduction `'none'` and `'example'` the derivative of each loss. */
  readonly grad: tf.Tensor;
  /** The diagonal of ∂²value/∂logits², as `grad` is. */
  readonly hess: tf.Tensor;
}

/**
 * Value, gradient and the diagonal of the second derivatives of a loss as a function of tensors, without a tape. On the backends
 * cpu and wasm computed in float64; elsewhere composed of the backend's own operations.
 *
 * @returns A function (labels, logits, weights?, options?) → {@link Parts}, with arguments as for `compile`.
 * @throws {@link FocalLossError} if `loss` is no loss, or an option is unknown or bad; the function as that of `compile`.
 *
 * @example
 * ```ts
 * const { grad, hess } = valueGradHess(sigmoidFocal({ reduction: 'none' }))([1, 0], [2, -1]);
 * ```
 */
export function valueGradHess(loss: Loss, options: Omit<CompileOptions, 'fromLogits'> = {}) {
  checkLoss('valueGradHess', loss);
  const { fused = true, axis } = checkOptions(loss.name, options, { fused: flag, axis: axisCheck }) as CompileOptions;
  return (labels: Numbers, logits: Numbers, weights?: Numbers, options?: CallOptions): Parts =>
    tf.tidy(() => {
      const call = prepare(loss, tensorsOf(loss, { labels, logits, weights }), options, axis);
      checkBackend(loss, tf.getBackend());
      const { value, grad, hess } = partsOf(flattened(call), fused && isHost(tf.getBackend()));
      const { shape } = call.logits;
      return {
        value: reducedAs(call, value),
        grad: unflat(call, grad, shape),
        hess: unflat(call, hess, shape),
      };
    });
}

function partsOf(call: Call, onHost: boolean): Parts {
  if (call.rows === 0) {
    const none = () => tf.zerosLike(call.logits);
    return { value: empty.forward(call, ['value']).value, grad: none(), hess: none() };
  }
  return onHost ? hostParts(call) : composedParts(call, ['value', 'grad', 'hess']);
}

/** How probabilities are told from logits. */
export interface PosteriorOptions extends Pick<CompileOptions, 'axis' | 'fused'> {
  /** Gives logits instead of probabilities: log(η/(1−η)) at a sigmoid, log η at a softmax. Default `false`. */
  readonly logit?: boolean | undefined;
}

/**
 * The probabilities that a model's logits stand for if it was trained with this loss: of a target being 1 (sigmoid), of each
 * class (softmax). See `posterior` of core. Not differentiable.
 *
 * @returns A function logits → probabilities, of the logits' shape.
 * @throws {@link FocalLossError} if `loss` is no loss, or with the reason why its minimum tells no probability.
 *
 * @example
 * ```ts
 * const eta = posterior(sigmoidFocal({ gamma: 2 }))(model.predict(x));
 * ```
 */
export function posterior(loss: Loss, options: PosteriorOptions = {}): (logits: Numbers) => tf.Tensor {
  checkLoss('posterior', loss);
  checkTold(loss);
  const checks = { axis: axisCheck, fused: flag, logit: flag };
  const { axis: along, fused = true, logit = false } = checkOptions(loss.name, options, checks) as PosteriorOptions;
  return (given) =>
    tf.tidy(() => {
      const logits = logitsOf(loss, given);
      const axis = axisOf(loss, logits, along);
      const problems = logitsProblems(loss, logits, axis);
      if (problems.length > 0) throw new FocalLossError(loss.name, problems);
      checkBackend(loss, tf.getBackend());
      const op = tf.customGrad((...args) => ({
        value: posteriorOf(loss, args[0] as tf.Tensor, axis, logit, fused && isHost(tf.getBackend())),
        gradFunc: () => {
          const takes = 'no gradient: a model is trained with its loss, and asked for probabilities afterwards';
          throw new FocalLossError(loss.name, [{ field: 'posterior', got: 'a call under tf.grad', takes }]);
        },
      }));
      return op(logits);
    });
}

/** Logits beyond stand for all that are larger: parameters times a logit are numbers. */
const FAR = 2 ** 90;

function posteriorOf(loss: Loss, logits: tf.Tensor, axis: number, logit: boolean, onHost: boolean): tf.Tensor {
  const { shape } = logits;
  const softmax = loss.link === 'softmax';
  const count = axis < 0 ? 1 : shape[axis];
  const classes = softmax ? count : 1;
  const rows = logits.size / Math.max(classes, 1);
  if (logits.size === 0) return tf.zerosLike(logits);
  const inner = shape.slice(axis + 1).reduce((all, size) => all * size, 1);
  const at = { loss, rows, classes, axis, categories: { count, inner } };
  const x = flat(at, logits);
  if (onHost) return unflat(at, hostPosterior({ ...at, logits: x }, logit), shape);
  const near = tf.where(tf.less(x, -FAR), -FAR, tf.where(tf.greater(x, FAR), FAR, x));
  const o = remember(arraysOf(loss, rows));
  const odds = posteriorLogits<Operand>(o, loss, { logits: operandOf(near), alpha: alphaOf(at) });
  const ops: Ops<Operand> = o;
  return unflat(at, filled(logit ? odds : softmax ? ops.exp(odds) : ops.sigmoid(odds), x.shape), shape);
}
