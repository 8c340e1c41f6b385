import { FocalLossError, type Problem } from './errors.ts';
import { isArray, type Layout } from './inputs.ts';
import { checkLoss, type Loss } from './loss.ts';

/** What a denominator can be made of, summed over the entries that are not ignored. */
export interface Totals {
  count: number;
  positives: number;
  weights: number;
}

/** What is wrong with totals. */
const totalsProblems = (totals: Totals): Problem[] =>
  [totals?.count, totals?.positives, totals?.weights].every((sum) => typeof sum === 'number')
    ? []
    : [{ field: 'totals', got: totals, takes: 'an object with the numbers count, positives and weights' }];

/** Looks at what is tallied as a whole; each number is looked at when its turn comes. */
function checkTally(
  where: string,
  loss: Loss,
  totals: Totals,
  n: number,
  targets: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): void {
  checkLoss(where, loss);
  const problems = totalsProblems(totals);
  if (!(Number.isInteger(n) && n >= 0)) problems.push({ field: 'n', got: n, takes: 'a whole number ≥ 0' });
  if (!isArray(targets)) problems.push({ field: 'targets', got: targets, takes: 'an array of numbers' });
  if (weights !== undefined && !isArray(weights)) {
    problems.push({ field: 'weights', got: weights, takes: 'an array of numbers' });
  }
  if (problems.length > 0) throw new FocalLossError(where, problems);
}

/**
 * Looks at the targets and weights of `n` entries, checks each, and adds them to `totals`.
 *
 * @param classes Number of classes at a softmax; not used at a sigmoid.
 * @param first Index of the first entry in the caller's arrays, for error messages.
 * @throws {@link FocalLossError} naming the index of a target that is neither ignored nor in [0, 1] (softmax: a class
 *   index), or of a weight that is not a finite number ≥ 0; or naming an argument that is none.
 */
export function tally(
  loss: Loss,
  totals: Totals,
  n: number,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
  classes = 0,
  first = 0,
): void {
  checkTally('tally', loss, totals, n, targets, weights);
  const isClass = loss.targets === 'class';
  const last = loss.link === 'softmax' ? classes - 1 : 1;
  const countsOnes = loss.positives === 'ones';
  // NaN equals nothing, so that one comparison serves losses with and without.
  const ignored = loss.ignoreIndex ?? Number.NaN;
  const background = loss.background ?? Number.NaN;
  let count = 0;
  let positives = 0;
  let weight = 0;
  for (let i = 0; i < n; i++) {
    const y = targets[i];
    if (y === ignored) continue;
    if (!(typeof y === 'number' && y >= 0 && y <= last) || (isClass && y !== Math.floor(y)))
      throw badTarget(loss, first + i, y, last);
    count++;
    positives += isClass ? (y === background ? 0 : 1) : countsOnes ? (y === 1 ? 1 : 0) : y;
    if (weights !== undefined) weight += goodWeight(loss, first + i, weights[i]);
  }
  totals.count += count;
  totals.positives += positives;
  totals.weights += weights === undefined ? count : weight;
}

/**
 * As {@link tally}, of targets that are rows of probabilities, lying as the logits do: [n / inner, classes, inner].
 *
 * @throws {@link FocalLossError} naming the index of an entry that is not in [0, 1], or of a bad weight.
 */
export function tallyRows(
  loss: Loss,
  totals: Totals,
  n: number,
  targets: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  classes: number,
  inner = 1,
  first = 0,
): void {
  checkTally('tallyRows', loss, totals, n, targets, weights);
  for (let i = 0; i < n; i++) {
    const from = Math.floor(i / inner) * classes * inner + (i % inner);
    for (let c = 0; c < classes; c++) {
      const at = from + c * inner;
      const y = targets[at];
      if (!(typeof y === 'number' && y >= 0 && y <= 1)) {
        throw new FocalLossError(loss.name, [
          { field: 'targets', index: first * classes + at, got: y, takes: 'a probability in [0, 1]' },
        ]);
      }
      if (c !== loss.background) totals.positives += y;
    }
    totals.weights += weights === undefined ? 1 : goodWeight(loss, first + i, weights[i]);
  }
  totals.count += n;
}

/** @throws {@link FocalLossError} naming the index of a weight that is none. */
function goodWeight(loss: Loss, index: number, w: number): number {
  if (typeof w === 'number' && w >= 0 && w < Infinity) return w;
  throw badWeight(loss, index, w);
}

function badTarget({ name, targets, ignoreIndex }: Loss, index: number, got: number, last: number): FocalLossError {
  const takes = {
    label: 'a number in [0, 1]',
    class: `a class index from 0 to ${last}`,
    place: `a place from 0 to ${last}`,
  }[targets];
  const orIgnored = ignoreIndex === undefined ? '' : `, or ignoreIndex ${ignoreIndex}`;
  return new FocalLossError(name, [{ field: 'targets', index, got, takes: takes + orIgnored }]);
}

function badWeight({ name }: Loss, index: number, got: number): FocalLossError {
  return new FocalLossError(name, [{ field: 'weights', index, got, takes: 'a finite number ≥ 0' }]);
}

/**
 * What the sum of the losses is divided by: 1 unless the reduction is `'mean'`, then `override` if given, then what the
 * loss's normalizer names. 0 where there is nothing to average; value and gradient are then 0, not 0/0.
 *
 * @throws {@link FocalLossError} if `override` is given and not a finite number > 0, or the reduction is not `'mean'`; if loss or
 *   totals are none.
 */
export function denominator(loss: Loss, totals: Totals, override?: number): number {
  checkLoss('denominator', loss);
  const problems = totalsProblems(totals);
  if (problems.length > 0) throw new FocalLossError('denominator', problems);
  if (override !== undefined) {
    const takes =
      loss.reduction !== 'mean'
        ? `nothing with reduction '${loss.reduction}'`
        : typeof override === 'number' && override > 0 && override < Infinity
          ? undefined
          : 'a finite number > 0';
    if (takes !== undefined) throw new FocalLossError(loss.name, [{ field: 'normalizer', got: override, takes }]);
    return override;
  }
  if (loss.reduction !== 'mean') return 1;
  if (loss.normalizer === 'positives') return Math.max(totals.positives, 1);
  return totals[loss.normalizer];
}

/**
 * The {@link denominator} of a whole call, whose targets and weights are looked at for it.
 *
 * @param weights One per target; see `weightsOf`.
 * @throws {@link FocalLossError} as `tally` and `denominator` do.
 */
export function denominatorFor(
  loss: Loss,
  { rows, classes, inner, targetRows }: Pick<Layout, 'rows' | 'classes' | 'inner' | 'targetRows'>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
  override?: number,
): number {
  const totals: Totals = { count: 0, positives: 0, weights: 0 };
  if (targetRows) tallyRows(loss, totals, rows, targets, weights, classes, inner);
  else tally(loss, totals, rows, targets, weights, classes);
  return denominator(loss, totals, override);
}

/**
 * The {@link denominator} where it is known without a look at targets and weights, else undefined.
 *
 * @param entries How many there are, ignored or not.
 * @throws {@link FocalLossError} as `denominator` does.
 */
export function knownDenominator(
  loss: Loss,
  entries: number,
  weighted: boolean,
  override?: number,
): number | undefined {
  checkLoss('knownDenominator', loss);
  const { reduction, normalizer, ignoreIndex } = loss;
  const isCount = normalizer === 'count' || (normalizer === 'weights' && !weighted);
  if (override === undefined && reduction === 'mean' && !(isCount && ignoreIndex === undefined)) return undefined;
  return denominator(loss, { count: entries, positives: entries, weights: entries }, override);
}

/**
 * What positives and negatives are multiplied by: α and 1 − α, or 1. The two travel as numbers of their own: 1 − α of a
 * rounded α has lost an α near 1 or 0.
 */
export const factorsOf = (alpha: number | undefined): { readonly positive: number; readonly negative: number } =>
  alpha === undefined ? { positive: 1, negative: 1 } : { positive: alpha, negative: 1 - alpha };

/**
 * What one entry's loss and gradient are multiplied by: its weight times α_t, 0 if it is ignored. Of smoothed labels, α_t is
 * that of the smoothed label.
 *
 * @param category Which of a list of α is meant: at a softmax that of the class.
 */
export function scaleOf(loss: Loss, target: number, weight = 1, category = target): number {
  if (target === loss.ignoreIndex) return 0;
  const { alpha, link } = loss;
  if (alpha === undefined) return weight;
  const own = typeof alpha === 'number' ? alpha : alpha[category];
  if (link === 'softmax') return weight * own;
  const { positive, negative } = factorsOf(own);
  const { up, down } = smoothed(loss, target);
  return weight * (up * positive + down * negative);
}

/** A label drawn towards ½ by label smoothing, and 1 minus it, each with all its digits. */
export const smoothed = (
  { labelSmoothing: epsilon }: Pick<Loss, 'labelSmoothing'>,
  y: number,
): { readonly up: number; readonly down: number } =>
  epsilon === 0
    ? { up: y, down: 1 - y }
    : { up: y * (1 - epsilon) + epsilon / 2, down: (1 - y) * (1 - epsilon) + epsilon / 2 };

/** Neumaier's compensated sum, term by term: 10⁸ of them keep 15 digits. */
export function accumulator() {
  let total = 0;
  let lost = 0;
  return {
    add(term: number): void {
      const next = total + term;
      lost += Math.abs(total) >= Math.abs(term) ? total - next + term : term - next + total;
      total = next;
    },
    total: () => (Number.isFinite(total) ? total + lost : total),
  };
}
