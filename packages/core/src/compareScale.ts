import { type CallOptions, callOptions, layout, weightsOf } from './inputs.ts';
import { checkLoss, type Loss } from './loss.ts';
import { anything, checkOptions } from './options.ts';
import { priorBias } from './priors.ts';
import { denominatorFor } from './reduction.ts';
import { reference } from './reference.ts';
import { classesLast } from './rows.ts';
import { margin } from './softmax.ts';

/** What a loss makes of one batch. */
export interface LossScale {
  /** The reduced loss; for reductions that leave several, their sum. */
  readonly value: number;
  /** The Euclidean norm of its gradient by the logits. */
  readonly gradNorm: number;
  /** What share of the value, and of the absolute values of the gradient, the easy negatives take. */
  readonly easyNegatives: { readonly value: number; readonly grad: number };
  /** The value of a new model with {@link ScaleComparison.priorBias}: the same logit everywhere. NaN at a softmax. */
  readonly atPrior: number;
}

/** What it takes to put one loss in the place of another. */
export interface ScaleComparison {
  readonly from: LossScale;
  readonly to: LossScale;
  /** Multiplied by this, `to` has a gradient as large as that of `from`: the weight of the loss, or of the learning rate. */
  readonly weight: number;
  /**
   * With this `normalizer` at the call, a `to` of reduction `'mean'` has a gradient as large as that of `from`, without a weight.
   * NaN for other reductions.
   */
  readonly normalizer: number;
  /** The bias of the last layer that starts a model at the share of positives: log(π/(1−π)). NaN at a softmax. */
  readonly priorBias: number;
  /** How many of the targets are easy negatives. */
  readonly easy: number;
}

/**
 * Compares the scale of two losses on a user's own logits: why a model may learn half as fast after `from` has been replaced
 * by `to`, and what makes them alike. Easy negatives are targets 0 (at a softmax rows of class `background`, of either loss, else
 * of any class) to whose side the logits give a probability of at least `easy`.
 *
 * @param logits Of a real batch, best of a model that was trained for a while.
 * @param options Those of a call, and `easy` in (0, 1), default 0.9.
 * @throws {@link FocalLossError} naming what does not fit either loss.
 *
 * @example
 * ```ts
 * const { weight } = compareScale(sigmoidCrossEntropy(), sigmoidFocal({ alpha: 0.25 }), logits, targets);
 * ```
 */
export function compareScale(
  from: Loss,
  to: Loss,
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: CallOptions & { readonly easy?: number | undefined } = {},
): ScaleComparison {
  for (const loss of [from, to]) checkLoss('compareScale', loss);
  const checks = {
    ...Object.fromEntries(callOptions.map((key) => [key, anything])),
    easy: { takes: 'a number in (0, 1)', accepts: (got: unknown) => typeof got === 'number' && got > 0 && got < 1 },
  };
  const { easy = 0.9, ...call } = checkOptions('compareScale', options, checks) as typeof options;
  const isEasy = easyNegatives(from, to, logits, targets, call, easy);
  const kept = Array.from(targets).filter((y) => y !== from.ignoreIndex);
  const positives = kept.reduce((sum, y) => sum + y, 0);
  const bias =
    from.link === 'sigmoid' ? priorBias(Math.min(Math.max(positives / kept.length, 1e-6), 1 - 1e-6)) : Number.NaN;
  const [a, b] = [from, to].map((loss) => scaleOfLoss(loss, logits, targets, call, isEasy, bias));
  const weight = a.gradNorm / b.gradNorm;
  const at = layout(to, logits, targets, call);
  const divisor = denominatorFor(to, at, targets, weightsOf(at, call.weights), call.normalizer);
  return {
    from: a,
    to: b,
    weight,
    normalizer: to.reduction === 'mean' ? divisor / weight : Number.NaN,
    priorBias: bias,
    easy: isEasy.reduce((count, is) => count + Number(is), 0),
  };
}

function scaleOfLoss(
  loss: Loss,
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  call: CallOptions,
  isEasy: readonly boolean[],
  bias: number,
): LossScale {
  const total = (value: number | Float64Array) =>
    typeof value === 'number' ? value : value.reduce((a, b) => a + b, 0);
  const { value, grad } = reference(loss).valueAndGrad(logits, targets, call);
  const at = layout(loss, logits, targets, call);
  const { normalizer: _, ...single } = call;
  const each = reference({ ...loss, reduction: 'none', normalizer: 'count' } as Loss).value(logits, targets, single);
  const losses = each as Float64Array;
  const slopes = classesLast(grad, at).map(Math.abs);
  const share = (of: ArrayLike<number>, perTarget: number) => {
    let [mine, all] = [0, 0];
    for (let i = 0; i < of.length; i++) {
      all += of[i];
      if (isEasy[Math.floor(i / perTarget)]) mine += of[i];
    }
    return all === 0 ? 0 : mine / all;
  };
  const prior = Number.isNaN(bias)
    ? Number.NaN
    : total(
        reference(loss).value(
          Float64Array.from(logits, () => bias),
          targets,
          call,
        ),
      );
  return {
    value: total(value),
    gradNorm: Math.hypot(...norms(grad)),
    easyNegatives: { value: share(losses, 1), grad: share(slopes, at.classes) },
    atPrior: prior,
  };
}

/** The norms of pieces: `hypot` takes its numbers as arguments, which are not to be millions. */
function norms(grad: Float64Array): number[] {
  const pieces: number[] = [];
  for (let i = 0; i < grad.length; i += 1024) pieces.push(Math.hypot(...grad.subarray(i, i + 1024)));
  return pieces;
}

/** Which targets are negatives whose side the logits are sure of. */
function easyNegatives(
  from: Loss,
  to: Loss,
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  call: CallOptions,
  easy: number,
): boolean[] {
  const at = layout(from, logits, targets, call);
  layout(to, logits, targets, call);
  const sure = Math.log(easy) - Math.log1p(-easy);
  if (from.link === 'sigmoid') return Array.from(targets, (y, i) => y === 0 && -logits[i] >= sure);
  const background = from.background ?? to.background;
  const rows = classesLast(logits, at);
  return Array.from({ length: at.rows }, (_, i) => {
    const target = targets[i];
    if (at.targetRows || (background !== undefined && target !== background)) return false;
    return margin(rows, i * at.classes, at.classes, target).z >= sure;
  });
}
