import {
  checkLoss,
  checkOptions,
  FocalLossError,
  isArray,
  type Loss,
  numbers,
  oneOf,
  pointwise,
  posterior,
  scaleOf,
} from '@focal-loss/core';
import type { NumericArray } from './arrays.ts';
import { compile } from './compile.ts';

/** How a boosting library is served. */
export interface ObjectiveOptions {
  /**
   * What becomes of negative curvature, which focal losses have at hard examples, and which a tree cannot use.
   *
   * - `'positive'` (default): h is raised to σ(x)σ(−x)·|g| where it is below that. Of cross-entropy nothing changes; a hard
   *   example counts as much as one of cross-entropy with that gradient would.
   * - `'exact'`: the second derivative as it is.
   */
  readonly hessian?: 'exact' | 'positive' | undefined;
  /**
   * How the margins of a softmax lie: 1 (default) for [rows, classes], as XGBoost has them, 0 for [classes, rows], as LightGBM has
   * them. A sigmoid takes one margin per label.
   */
  readonly axis?: 0 | 1 | undefined;
}

/** First and second derivatives of the sum of the losses, one per margin, laid out as the margins are. */
export interface GradHess {
  readonly grad: Float64Array;
  readonly hess: Float64Array;
}

/** An objective as boosting libraries call it. */
export interface Objective {
  /**
   * @param margins Raw scores: of a sigmoid one per label, of a softmax one per label and class.
   * @param labels In [0, 1], or class indices.
   * @param weights One per label.
   * @throws {@link FocalLossError} naming what does not fit, or the index of a bad label or weight.
   */
  (margins: NumericArray, labels: NumericArray, weights?: NumericArray): GradHess;
  /**
   * The score to start from, at which the loss of all labels together is least: of a sigmoid one number, of a softmax one per
   * class, adding up to 0. It is not log(n⁺/n⁻), but for cross-entropy.
   *
   * @param classes At a softmax the number of classes. Default: one more than the largest label.
   * @throws {@link FocalLossError} of a bad label or weight, or if only one class is there.
   */
  initialScore(labels: NumericArray, weights?: NumericArray, classes?: number): number | Float64Array;
}

/**
 * A loss as the objective of gradient boosting: LightGBM, XGBoost and CatBoost take gradient and Hessian by the raw scores. What
 * the loss's reduction says is no matter here: each row has its own derivatives, α and weights included.
 *
 * @throws {@link FocalLossError} if `loss` is none or an option is not one of those it takes.
 *
 * @example
 * ```ts
 * const focal = objective(sigmoidFocal({ gamma: 2, alpha: 0.25 }));
 * const start = focal.initialScore(labels);
 * const { grad, hess } = focal(margins, labels);
 * ```
 */
export function objective(loss: Loss, options: ObjectiveOptions = {}): Objective {
  checkLoss('objective', loss);
  const { hessian = 'positive', axis = 1 } = checkOptions('objective', options, {
    hessian: oneOf('exact', 'positive'),
    axis: { takes: '0 or 1', accepts: (got) => got === 0 || got === 1 },
  }) as ObjectiveOptions;
  const single = { ...loss, reduction: 'none', normalizer: 'count' } as Loss<'none'>;
  const run = compile(single);

  function derivatives(margins: NumericArray, labels: NumericArray, weights?: NumericArray): GradHess {
    checkArrays('objective', { margins, labels, ...(weights !== undefined && { weights }) });
    const scores = margins instanceof Float64Array ? margins : Float64Array.from(margins as ArrayLike<number>, Number);
    const { length } = labels;
    const classes = length === 0 ? 2 : scores.length / length;
    const shape = loss.link === 'sigmoid' ? undefined : axis === 1 ? [length, classes] : [classes, length];
    const given = { shape, ...(shape !== undefined && { axis }), weights };
    const { grad, hess } = run.valueGradHess(scores, labels, given) as { grad: Float64Array; hess: Float64Array };
    if (hessian === 'positive') raise(hess, grad, scores);
    return { grad, hess };
  }
  const initialScore: Objective['initialScore'] = (labels, weights, classes) => {
    checkArrays('initialScore', { labels, ...(weights !== undefined && { weights }) });
    return loss.link === 'sigmoid' ? ofLabels(single, labels, weights) : ofClasses(single, labels, weights, classes);
  };
  return Object.assign(derivatives, { initialScore });
}

/** @throws {@link FocalLossError} naming what is no array, or the first entry of one that is no number. */
function checkArrays(where: string, given: Readonly<Record<string, unknown>>): void {
  for (const [field, got] of Object.entries(given)) {
    if (!isArray(got)) throw new FocalLossError(where, [{ field, got, takes: 'an array of numbers' }]);
    if (ArrayBuffer.isView(got)) continue;
    const index = Array.from(got).findIndex((one) => !['number', 'boolean', 'bigint'].includes(typeof one));
    if (index >= 0) throw new FocalLossError(where, [{ field, index, got: got[index], takes: 'a number' }]);
  }
}

/** Raises second derivatives to what a tree can use. */
function raise(hess: Float64Array, grad: Float64Array, scores: Float64Array): void {
  for (let i = 0; i < hess.length; i++) {
    const p = numbers.sigmoid(scores[i]) * numbers.sigmoid(-scores[i]);
    hess[i] = Math.max(hess[i], p * Math.abs(grad[i]));
  }
}

/** How much each label weighs, α left out. */
function weigh(loss: Loss, labels: NumericArray, weights: NumericArray | undefined): Map<number, number> {
  const total = new Map<number, number>();
  for (let i = 0; i < labels.length; i++) {
    const label = Number(labels[i]);
    if (label === loss.ignoreIndex) continue;
    const weight = weights === undefined ? 1 : Number(weights[i]);
    const takes = loss.link === 'sigmoid' ? 'a number in [0, 1]' : 'a class index';
    const good = loss.link === 'sigmoid' ? label >= 0 && label <= 1 : Number.isInteger(label) && label >= 0;
    if (!good) throw new FocalLossError('initialScore', [{ field: 'labels', index: i, got: labels[i], takes }]);
    if (!(weight >= 0 && weight < Infinity)) {
      const field = 'weights';
      throw new FocalLossError('initialScore', [{ field, index: i, got: weight, takes: 'a finite number ≥ 0' }]);
    }
    total.set(label, (total.get(label) ?? 0) + weight);
  }
  return total;
}

/** Scores are looked for within ±this. */
const WIDEST = 60;

/** Where the slope of all labels together changes its sign. */
function ofLabels(loss: Loss, labels: NumericArray, weights: NumericArray | undefined): number {
  const at = pointwise(loss);
  const parts = [...weigh(loss, labels, weights)].map(([y, weight]) => ({ y, factor: scaleOf(loss, y, weight) }));
  const slope = (x: number) => parts.reduce((sum, { y, factor }) => sum + factor * at(x, y).derivative, 0);
  let [low, high] = [-WIDEST, WIDEST];
  if (!(slope(low) < 0 && slope(high) > 0)) {
    const takes = 'positives and negatives: without one of them no score is best';
    throw new FocalLossError('initialScore', [{ field: 'labels', got: labels, takes }]);
  }
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The scores of which the posterior is the share of each class. */
function ofClasses(
  loss: Loss,
  labels: NumericArray,
  weights: NumericArray | undefined,
  given: number | undefined,
): Float64Array {
  const total = weigh(loss, labels, weights);
  const classes = given ?? Math.max(...total.keys(), 0) + 1;
  const counts = Float64Array.from({ length: classes }, (_, c) => total.get(c) ?? 0);
  if (classes < 2 || counts.some((count) => count === 0) || Math.max(...total.keys()) >= classes) {
    const takes = `each of ${Math.max(classes, 2)} classes at least once: without one no scores are best`;
    throw new FocalLossError('initialScore', [{ field: 'labels', got: labels, takes }]);
  }
  const sum = counts.reduce((a, b) => a + b, 0);
  const target = counts.map((count) => Math.log(count / sum));
  const eta = posterior(loss);
  let scores = new Float64Array(classes);
  for (let i = 0; i < 2000; i++) {
    const now = eta(scores, { shape: [1, classes], logit: true });
    const step = target.map((log, c) => (log - now[c]) / 4);
    scores = scores.map((score, c) => score + step[c]);
    if (Math.max(...step.map(Math.abs)) < 1e-13) break;
  }
  const mean = scores.reduce((a, b) => a + b, 0) / classes;
  return scores.map((score) => score - mean);
}
