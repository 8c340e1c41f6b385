import { FocalLossError, type Problem } from './errors.ts';
import { type CallOptions, isArray, layoutOfLogits } from './inputs.ts';
import type { Loss } from './loss.ts';
import { numbers } from './numbers.ts';
import { anything, checkOptions, integer } from './options.ts';
import { accumulator } from './reduction.ts';
import { posterior } from './reference.ts';
import { classesLast } from './rows.ts';

/** How logits or probabilities lie, and which targets are left out. */
export interface CalibrationOptions extends Pick<CallOptions, 'shape' | 'axis'> {
  /** A target that is left out. */
  readonly ignoreIndex?: number | undefined;
}

const ignoreIndex = { takes: 'an integer', accepts: integer };

/** Temperatures that are looked at: 1/64 to 64. */
const WIDEST = /* @__PURE__ */ Math.log(64);

/**
 * The temperature T that makes a trained model's probabilities agree best with held-out labels: the cross-entropy of
 * posterior(loss)(logits / T) is least. Above 1 the model was too sure of itself, below 1 not sure enough.
 *
 * The logits are divided first, and the {@link posterior} is taken of the quotient: a model that has been trained too long
 * has logits T times as large as those at which its own loss is least, and it is those the posterior is right about. For
 * cross-entropy it is the temperature of Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
 *
 * @param logits Of held-out examples: any shape at a sigmoid, rows at a softmax.
 * @param targets Labels in [0, 1], or one class index per row.
 * @returns T in [1/64, 64], the same on every run.
 * @throws {@link FocalLossError} if the loss has no posterior, sizes do not fit, or nothing is left to fit to.
 */
export function fitTemperature(
  loss: Loss,
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: CalibrationOptions = {},
): number {
  const eta = posterior(loss);
  const given = checkOptions('fitTemperature', options, { shape: anything, axis: anything, ignoreIndex });
  const { shape, axis, ignoreIndex: ignored } = given as CalibrationOptions;
  const at = layoutOfLogits(loss, logits, { shape, axis });
  const { kept } = checkTargets('fitTemperature', targets, at.rows, at.classes, ignored);
  if (kept.length === 0) {
    const takes = 'at least one target that is not ignored';
    throw new FocalLossError('fitTemperature', [{ field: 'targets', got: targets, takes }]);
  }
  const rows = classesLast(logits, at);
  const flat = { shape: shape && (loss.link === 'softmax' ? [at.rows, at.classes] : shape), axis: undefined };

  /** The cross-entropy at T = e^t. */
  function cost(t: number): number {
    const scaled = rows.map((x) => x / Math.exp(t));
    const log = eta(scaled, { ...flat, ...(loss.link === 'sigmoid' && { axis }), logit: true });
    const total = accumulator();
    for (const i of kept) {
      const y = targets[i];
      if (loss.link === 'softmax') total.add(-log[i * at.classes + y]);
      else total.add(y * numbers.softplus(-log[i]) + (1 - y) * numbers.softplus(log[i]));
    }
    return total.total();
  }
  return Math.exp(leastOf(cost, -WIDEST, WIDEST));
}

/** Where a function is least: near the least of 17 places, by the golden section. */
function leastOf(f: (t: number) => number, from: number, to: number): number {
  const step = (to - from) / 16;
  const places = Array.from({ length: 17 }, (_, i) => from + i * step);
  const costs = places.map(f);
  const best = costs.reduce((least, cost, i) => (cost < costs[least] ? i : least), 0);
  let [low, high] = [places[Math.max(best - 1, 0)], places[Math.min(best + 1, 16)]];
  const golden = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [high - golden * (high - low), low + golden * (high - low)];
  let [atA, atB] = [f(a), f(b)];
  while (high - low > 1e-7) {
    if (atA <= atB) {
      [high, b, atB] = [b, a, atA];
      a = high - golden * (high - low);
      atA = f(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + golden * (high - low);
      atB = f(b);
    }
  }
  return (low + high) / 2;
}

/** One bin of a reliability diagram. */
export interface Bin {
  /** The mean probability in it; NaN if it is empty. */
  readonly confidence: number;
  /** The mean label in it, at a softmax the share of rows whose most probable class is right; NaN if it is empty. */
  readonly accuracy: number;
  readonly count: number;
}

/** How far probabilities are from what they promise. */
export interface Calibration {
  /** Expected calibration error: the mean of |accuracy − confidence| over the bins, by count (Guo et al. 2017, eq. 3). */
  readonly ece: number;
  /** The largest of these. */
  readonly mce: number;
  /** Brier score: the mean squared distance of probabilities and labels, at a softmax added over the classes. */
  readonly brier: number;
  readonly bins: readonly Bin[];
}

/**
 * The calibration error of probabilities. With `shape`, they are rows: what is binned is the probability of the most probable
 * class, and its being right. Without, each is the probability of a label being 1.
 *
 * @param probabilities In [0, 1].
 * @param targets Labels in [0, 1], or with `shape` one class index per row.
 * @param options `bins` of equal width (default 15).
 * @throws {@link FocalLossError} naming what does not fit. Without a target all figures are 0.
 */
export function calibrationError(
  probabilities: ArrayLike<number>,
  targets: ArrayLike<number>,
  options: CalibrationOptions & { readonly bins?: number | undefined } = {},
): Calibration {
  const where = 'calibrationError';
  const checks = {
    shape: anything,
    axis: anything,
    ignoreIndex,
    bins: { takes: 'a whole number ≥ 1', accepts: (got: unknown) => integer(got) && got >= 1 },
  };
  const {
    shape,
    axis,
    ignoreIndex: ignored,
    bins: count = 15,
  } = checkOptions(where, options, checks) as typeof options;
  const link = shape === undefined ? 'sigmoid' : 'softmax';
  const at = layoutOfLogits({ name: where, link } as Loss, probabilities, { shape, axis });
  const { kept } = checkTargets(where, targets, at.rows, at.classes, ignored);
  const rows = classesLast(probabilities, at);
  checkProbabilities(where, rows);

  const sums = Array.from({ length: count }, () => ({ confidence: accumulator(), accuracy: accumulator(), count: 0 }));
  const brier = accumulator();
  for (const i of kept) {
    const { confidence, accuracy, distance } =
      link === 'sigmoid' ? ofLabel(rows[i], targets[i]) : ofRow(rows, i, at.classes, targets[i]);
    const bin = sums[Math.min(Math.floor(confidence * count), count - 1)];
    bin.confidence.add(confidence);
    bin.accuracy.add(accuracy);
    bin.count++;
    brier.add(distance);
  }
  const total = Math.max(kept.length, 1);
  const bins = sums.map(({ confidence, accuracy, count }) => ({
    confidence: confidence.total() / count,
    accuracy: accuracy.total() / count,
    count,
  }));
  const gaps = bins.map(({ confidence, accuracy, count }) => (count === 0 ? 0 : Math.abs(accuracy - confidence)));
  return {
    ece: gaps.reduce((sum, gap, k) => sum + (gap * bins[k].count) / total, 0),
    mce: Math.max(...gaps),
    brier: brier.total() / total,
    bins,
  };
}

const ofLabel = (p: number, y: number) => ({ confidence: p, accuracy: y, distance: (p - y) ** 2 });

function ofRow(rows: Float64Array, i: number, classes: number, target: number) {
  const row = rows.subarray(i * classes, (i + 1) * classes);
  const best = row.reduce((most, p, c) => (p > row[most] ? c : most), 0);
  const distance = row.reduce((sum, p, c) => sum + (p - (c === target ? 1 : 0)) ** 2, 0);
  return { confidence: row[best], accuracy: best === target ? 1 : 0, distance };
}

/** The places of the targets that are not ignored, each looked at. */
function checkTargets(
  where: string,
  targets: ArrayLike<number>,
  rows: number,
  classes: number,
  ignored: number | undefined,
): { kept: number[] } {
  const refuse = (problem: Problem) => {
    throw new FocalLossError(where, [problem]);
  };
  const field = 'targets';
  if (!isArray(targets)) refuse({ field, got: targets, takes: 'an array of numbers' });
  if (targets.length !== rows) refuse({ field, got: targets, takes: `${rows} numbers` });
  const kept: number[] = [];
  for (let i = 0; i < rows; i++) {
    const y = targets[i];
    if (y === ignored) continue;
    const good = classes > 1 ? integer(y) && y >= 0 && y < classes : typeof y === 'number' && y >= 0 && y <= 1;
    const takes = classes > 1 ? `a class index from 0 to ${classes - 1}` : 'a number in [0, 1]';
    if (!good) refuse({ field, index: i, got: y, takes });
    kept.push(i);
  }
  return { kept };
}

function checkProbabilities(where: string, all: Float64Array): void {
  const index = all.findIndex((p) => !(p >= 0 && p <= 1));
  if (index < 0) return;
  const problem = { field: 'probabilities', index, got: all[index], takes: 'a probability in [0, 1]' };
  throw new FocalLossError(where, [problem]);
}
