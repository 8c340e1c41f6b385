import { jet } from './dual.ts';
import { FocalLossError } from './errors.ts';
import { type CallOptions, layoutOfLogits } from './inputs.ts';
import { type Logged, logOf, logs } from './logs.ts';
import type { Loss } from './loss.ts';
import { allMargins } from './margins.ts';
import { numbers } from './numbers.ts';
import type { Ops, Params } from './ops.ts';
import { anything, checkOptions, flag } from './options.ts';
import { factorsOf } from './reduction.ts';
import type { TensorOps } from './tensor.ts';

/**
 * Makes sure that the minimum of a loss tells a probability.
 *
 * @throws {@link FocalLossError} with the reason why not: weights or targets that are held fixed, a clipped side, smoothed
 *   labels, an α of 0 or 1, which silences a label.
 */
export function checkTold(loss: Loss): void {
  const because =
    loss.untold ??
    (loss.key === undefined && holds(loss)
      ? 'its weights are held fixed, so that it has no minimum of its own'
      : undefined) ??
    (loss.labelSmoothing !== 0
      ? 'the minimum of a loss of smoothed labels stands for the smoothed probability'
      : undefined) ??
    (silences(loss)
      ? `an α of ${loss.link === 'softmax' ? '0' : '0 or 1'} takes all of its loss from a label`
      : undefined);
  if (because === undefined) return;
  const takes = `a loss whose minimum tells the probability: ${because}`;
  throw new FocalLossError(loss.name, [{ field: 'posterior', got: loss.name, takes }]);
}

/** Whether a formula of one's own holds something fixed. */
function holds({ formula, params, link }: Loss): boolean {
  let held = false;
  const listening: Ops<number> = {
    ...numbers,
    detach(a) {
      held = true;
      return a;
    },
  };
  for (const y of link === 'sigmoid' ? [0, 1] : [1]) formula(listening, 0.25, y, params);
  return held;
}

function silences({ link, alpha }: Loss): boolean {
  if (alpha === undefined) return false;
  const all = typeof alpha === 'number' ? [alpha] : alpha;
  return all.some((own) => own === 0 || (link === 'sigmoid' && own === 1));
}

/** What can be passed to a posterior beside the logits. */
export interface PosteriorOptions extends Pick<CallOptions, 'shape' | 'axis'> {
  /**
   * Gives logits instead of probabilities: log(η/(1−η)) at a sigmoid, log η at a softmax, which keep all digits of an η near 1 as
   * well. Default false.
   */
  readonly logit?: boolean | undefined;
}

/**
 * How the logits of a posterior lie, and whether logits are to come of it.
 *
 * @param usualAxis The axis of a call with a shape that names none.
 * @throws {@link FocalLossError} naming the option, logits, shape or axis that does not fit.
 */
export function posteriorLayout(
  loss: Loss,
  logits: ArrayLike<number>,
  options: PosteriorOptions,
  usualAxis?: number,
): ReturnType<typeof layoutOfLogits> & { readonly logit: boolean } {
  const checks = { shape: anything, axis: anything, logit: flag };
  const {
    shape,
    axis = shape && usualAxis,
    logit = false,
  } = checkOptions(loss.name, options, checks) as PosteriorOptions;
  return { ...layoutOfLogits(loss, logits, { shape, axis }), logit };
}

/** What a posterior is made of. */
export interface PosteriorInputs<T> {
  readonly logits: T;
  /** As for {@link frame}. */
  readonly params?: Params<T> | undefined;
  /** α and 1 − α at a sigmoid, or one α a class at a softmax; needed where α is a list. */
  readonly alpha?: { readonly positive: T; readonly negative: T } | { readonly classes: T } | undefined;
}

/**
 * The probability η that the minimum of a loss stands for, from a model's logits: at a minimum of the expected loss
 * η·f(x, 1) + (1−η)·f(x, 0) its slope is 0, so that η = d₀/(d₀ − d₁) with d_y = ∂f/∂x at (x, y), α included. At a softmax
 * η_j ∝ p_j(1 − p_j)/(−f′(z_j)·α_j) over the margins z_j: for focal loss it is Ψ^γ of Charoenphakdee et al., "On Focal Loss for
 * Class-Posterior Probability Estimation", CVPR 2021, Theorem 11. Cross-entropy gives σ(x) and softmax back.
 *
 * @returns At a sigmoid log(η/(1−η)), as long as the logits; at a softmax log η, one a class.
 */
export function posteriorLogits<T>(o: TensorOps<T>, loss: Loss, { logits, params, alpha }: PosteriorInputs<T>): T {
  const slope = slopes(o, loss, params);
  if (loss.link === 'sigmoid') {
    const balance =
      loss.alpha === undefined
        ? undefined
        : alpha !== undefined && 'positive' in alpha
          ? o.sub(o.log(alpha.negative), o.log(alpha.positive))
          : o.constant(logBalance(loss.alpha as number));
    const logit = o.sub(slope(logits, 0), slope(logits, 1));
    return balance === undefined ? logit : o.add(logit, balance);
  }
  const { z } = allMargins(o, logits);
  const flat = o.neg(o.add(o.softplus(z), o.softplus(o.neg(z))));
  const own = o.sub(flat, slope(z, 1));
  const log = alpha !== undefined && 'classes' in alpha ? o.sub(own, o.log(alpha.classes)) : own;
  const largest = o.maxRow(log);
  return o.sub(o.sub(log, largest), o.log(o.sumRow(o.exp(o.sub(log, largest)))));
}

/** log((1 − α)/α), what α adds to the logit of a probability, without the difference of two logarithms near α = ½. */
export function logBalance(alpha: number): number {
  const { positive, negative } = factorsOf(alpha);
  return Math.log(negative) - Math.log(positive);
}

/** log|∂f/∂x| at a label. */
function slopes<T>(o: TensorOps<T>, { formula, params: numbers }: Loss, given: Params<T> | undefined) {
  const l = logs(o);
  const params = Object.fromEntries(
    Object.entries(numbers).map(([key, value]): [string, Logged<T>] => [
      key,
      given === undefined ? l.constant(value) : { value: given[key], ...(value > 0 && { sign: 1 as const }) },
    ]),
  );
  const at = jet(formula, l, params, 1);
  return (x: T, y: 0 | 1): T => logOf(o, at({ value: x }, l.constant(y))[1]);
}
