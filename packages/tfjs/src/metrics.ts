/**
 * Metrics for models whose outputs are logits: those of tfjs-layers take probabilities, and count a logit of 0.3 as a no.
 *
 * @module
 */
import { type Check, checkOptions, FocalLossError, flag, type Link, oneOf } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import { same, show, tensorsOf } from './call.ts';
import { axisCheck } from './compile.ts';
import { classesOf } from './sparse.ts';

/** A metric of `model.compile`: one number a batch, of which tfjs-layers reports the mean by the sizes of batches. */
export type Metric = (labels: tf.Tensor, logits: tf.Tensor) => tf.Scalar;

/** What every metric takes. */
export interface MetricOptions {
  /** Entries with this label are left out. */
  readonly ignoreIndex?: number | undefined;
}

/** What metrics take that say yes or no. */
export interface ThresholdOptions extends MetricOptions {
  /** A probability: above it the answer is yes. Default 0.5, a logit of 0. */
  readonly threshold?: number | undefined;
}

/** What metrics of classes take. */
export interface ClassOptions extends MetricOptions {
  /** Which axis of the logits has the classes. Default −1. */
  readonly axis?: number | undefined;
  /** Whether labels of the logits' shape are class indices, repeated by {@link tiled}, and not rows. Default `false`. */
  readonly sparse?: boolean | undefined;
}

/** What {@link calibrationError} takes. */
export interface CalibrationMetricOptions extends ClassOptions {
  /** Whether logits are of labels (`'sigmoid'`, the default) or of classes (`'softmax'`). */
  readonly link?: Link | undefined;
  /** Bins of equal width. Default 15. */
  readonly bins?: number | undefined;
}

const ofAll = { ignoreIndex: { takes: 'a number', accepts: (got: unknown) => typeof got === 'number' } };
const isProbability = (got: unknown) => typeof got === 'number' && got > 0 && got < 1;
const threshold: Check = { takes: 'a number in (0, 1)', accepts: isProbability };
const ofClasses = { ...ofAll, axis: axisCheck, sparse: flag };
const bins: Check = { takes: 'a whole number ≥ 1', accepts: (got) => Number.isInteger(got) && Number(got) >= 1 };

/** Labels as 0 and 1, decisions and which entries count, all of one length. */
interface Decided {
  readonly isYes: tf.Tensor;
  readonly saysYes: tf.Tensor;
  readonly kept: tf.Tensor;
}

/** The share of labels on whose side of the threshold the logit is; a label of 0.5 or more is a yes. */
export const binaryAccuracy = (options?: ThresholdOptions): Metric =>
  decisions('binaryAccuracy', options, ({ isYes, saysYes, kept }) =>
    ratio(tf.mul(tf.cast(tf.equal(isYes, saysYes), 'float32'), kept), kept),
  );

/** Of the entries that the model says yes to, the share that is one; 0 if there are none. */
export const precision = (options?: ThresholdOptions): Metric =>
  decisions('precision', options, ({ isYes, saysYes, kept }) => ratio(both(isYes, saysYes, kept), both(saysYes, kept)));

/** Of the entries that are a yes, the share that the model says yes to; 0 if there are none. */
export const recall = (options?: ThresholdOptions): Metric =>
  decisions('recall', options, ({ isYes, saysYes, kept }) => ratio(both(isYes, saysYes, kept), both(isYes, kept)));

/** The share of rows whose largest logit is at the labelled class. Labels are class indices or rows. */
export function categoricalAccuracy(options: ClassOptions = {}): Metric {
  const given = checkOptions('categoricalAccuracy', options, ofClasses) as ClassOptions;
  const { axis = -1 } = given;
  return ofRows('categoricalAccuracy', axis, (labels, logits) => {
    const classes = classesOf(labels, logits, axis, given.sparse);
    const hits = tf.cast(tf.equal(tf.argMax(logits, axis), classes), 'float32');
    const kept = keptOf(classes, given);
    return ratio(tf.mul(hits, kept), kept);
  });
}

/**
 * The area under precision over recall, as steps: the mean, over positives, of the precision at their logit. Of a batch: of a whole
 * set it is no mean over batches, so evaluate with one batch.
 */
export function averagePrecision(options: MetricOptions = {}): Metric {
  const given = checkOptions('averagePrecision', options, ofAll) as MetricOptions;
  return ofEntries('averagePrecision', (labels, logits) => {
    const flat = tf.reshape(logits, [logits.size]);
    const kept = tf.reshape(keptOf(labels, given), [-1]);
    const y = tf.mul(tf.reshape(tf.cast(tf.greaterEqual(tf.cast(labels, 'float32'), 0.5), 'float32'), [-1]), kept);
    const { values, indices } = tf.topk(flat, flat.size, true);
    const hits = tf.cumsum(tf.gather(y, indices));
    const seen = tf.cumsum(tf.gather(kept, indices));
    // Entries of equal logits are one step.
    const isEnd = tf.concat([
      tf.cast(tf.notEqual(tf.slice(values, 0, flat.size - 1), tf.slice(values, 1)), 'float32'),
      tf.ones([1]),
    ]);
    const reached = tf.mul(hits, isEnd);
    const before = tf.concat([tf.zeros([1]), tf.slice(runningMax(reached), 0, flat.size - 1)]);
    const steps = tf.mul(isEnd, tf.sub(hits, before));
    const areas = tf.mul(steps, tf.div(hits, tf.maximum(seen, 1)));
    return nanWhere(flat, ratio(areas, y));
  });
}

/**
 * The expected calibration error of σ or softmax of the logits (Guo et al. 2017, eq. 3); see core's `calibrationError`. Of a batch: a
 * small one has a large error by chance, so evaluate with one batch.
 */
export function calibrationError(options: CalibrationMetricOptions = {}): Metric {
  const checks = { ...ofClasses, link: oneOf('sigmoid', 'softmax'), bins };
  const given = checkOptions('calibrationError', options, checks) as CalibrationMetricOptions;
  const { link = 'sigmoid', axis = -1, bins: count = 15 } = given;
  const isSoftmax = link === 'softmax';
  const metric = isSoftmax
    ? (run: Metric) => ofRows('calibrationError', axis, run)
    : (run: Metric) => ofEntries('calibrationError', run);
  return metric((labels, logits) => {
    const own = isSoftmax ? classesOf(labels, logits, axis, given.sparse) : tf.cast(labels, 'float32');
    const says = isSoftmax ? tf.exp(tf.sub(tf.max(logits, axis), tf.logSumExp(logits, axis))) : tf.sigmoid(logits);
    const is = isSoftmax ? tf.cast(tf.equal(tf.argMax(logits, axis), own), 'float32') : own;
    const kept = keptOf(own, given);
    const gaps = tf.reshape(tf.mul(tf.sub(is, says), kept), [1, -1]);
    const bin = tf.minimum(tf.floor(tf.mul(tf.reshape(says, [-1]), count)), count - 1);
    const inBin = tf.oneHot(tf.cast(bin, 'int32'), count) as tf.Tensor2D;
    const error = tf.sum(tf.abs(tf.matMul(gaps as tf.Tensor2D, tf.cast(inBin, 'float32'))));
    return nanWhere(logits, tf.div(error, tf.maximum(tf.sum(kept), 1)) as tf.Scalar);
  });
}

/** A metric of yes and no. */
function decisions(name: string, options: ThresholdOptions = {}, of: (decided: Decided) => tf.Scalar): Metric {
  const given = checkOptions(name, options, { ...ofAll, threshold }) as ThresholdOptions;
  const { threshold: t = 0.5 } = given;
  const cut = Math.log(t / (1 - t));
  return ofEntries(name, (labels, logits) => {
    const isYes = tf.cast(tf.greaterEqual(tf.cast(labels, 'float32'), 0.5), 'float32');
    const saysYes = tf.cast(tf.greater(logits, cut), 'float32');
    return nanWhere(logits, of({ isYes, saysYes, kept: keptOf(labels, given) }));
  });
}

/** A metric of labels that are one a logit: nothing is broadcast, but axes of one entry may be missing. */
function ofEntries(name: string, run: Metric): Metric {
  const long = (shape: readonly number[]) => shape.filter((size) => size !== 1);
  return named(name, (labels, logits) => {
    if (same(long(labels.shape), long(logits.shape))) return ofSome(run)(tf.reshape(labels, logits.shape), logits);
    throw misfit(name, labels, `shape ${show(logits.shape)}, that of the logits`);
  });
}

/** A metric of labels that are class indices, or rows. */
const ofRows = (name: string, axis: number, run: Metric): Metric =>
  named(name, (labels, logits) => {
    const { shape, rank } = logits;
    const at = axis < 0 ? rank + axis : axis;
    if (!(at >= 0 && at < rank)) {
      const takes = `a whole number from ${-rank} to ${rank - 1} for logits ${show(shape)}`;
      throw new FocalLossError(name, [{ field: 'axis', got: axis, takes }]);
    }
    const shapes = [shape.filter((_, i) => i !== at), shape.map((size, i) => (i === at ? 1 : size)), shape];
    if (shapes.some((one) => same(one, labels.shape))) return ofSome(run)(labels, logits);
    throw misfit(name, labels, `shape ${shapes.map(show).join(' or ')} for logits ${show(shape)}`);
  });

/** Nothing has the metric 0. The backend wasm makes some number or other of the sum of nothing. */
const ofSome =
  (run: Metric): Metric =>
  (labels, logits) =>
    logits.size === 0 ? tf.scalar(0) : run(labels, logits);

const misfit = (name: string, { shape }: tf.Tensor, takes: string) =>
  new FocalLossError(name, [{ field: 'labels.shape', got: show(shape), takes }]);

/** tfjs-layers calls a metric by the name of its function. */
function named(name: string, run: Metric): Metric {
  const metric: Metric = (labels, logits) =>
    tf.tidy(() => {
      const given = tensorsOf({ name }, { labels, logits, weights: undefined });
      return run(given.labels, given.logits);
    });
  return Object.defineProperty(metric, 'name', { value: name });
}

/** 1 for each entry that counts, 0 for those that are left out. */
function keptOf(labels: tf.Tensor, { ignoreIndex }: MetricOptions): tf.Tensor {
  if (ignoreIndex === undefined) return tf.onesLike(tf.cast(labels, 'float32'));
  return tf.cast(tf.notEqual(tf.cast(labels, 'float32'), ignoreIndex), 'float32');
}

const both = (...truths: readonly tf.Tensor[]): tf.Tensor => truths.reduce((all, one) => tf.mul(all, one));

const ratio = (part: tf.Tensor, whole: tf.Tensor): tf.Scalar =>
  tf.div(tf.sum(part), tf.maximum(tf.sum(whole), 1)) as tf.Scalar;

/** A model that has diverged has no metrics: comparisons with NaN are all false, and would look like a bad one. */
const nanWhere = (logits: tf.Tensor, value: tf.Scalar): tf.Scalar =>
  tf.where(tf.any(tf.isNaN(logits)), tf.scalar(Number.NaN), value) as tf.Scalar;

/** The largest number so far, of numbers ≥ 0: in steps of 1, 2, 4, … */
function runningMax(a: tf.Tensor): tf.Tensor {
  const { size } = a;
  for (let step = 1; step < size; step *= 2) {
    a = tf.maximum(a, tf.concat([tf.zeros([step]), tf.slice(a, 0, size - step)]));
  }
  return a;
}
