import { denominator, type Loss } from '@focal-loss/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Call } from './call.ts';

/** Class indices or targets as float32, NaN where they are none, and which of them count. */
export interface Targets {
  /** float32; 0 where ignored. A target that is none is NaN. */
  readonly y: tf.Tensor;
  /** bool: not ignored. */
  readonly counted: tf.Tensor | undefined;
}

/** The targets of a call as they are on any backend, without reading one back. */
export function targetsOf({ loss, labels, oneHot, classes }: Call): Targets {
  const raw = oneHot ? classIndices(labels, classes) : tf.cast(labels, 'float32');
  const last = loss.link === 'softmax' ? classes - 1 : 1;
  let good = tf.logicalAnd(tf.greaterEqual(raw, 0), tf.lessEqual(raw, last));
  if (loss.link === 'softmax') good = tf.logicalAnd(good, tf.equal(raw, tf.floor(raw)));
  const checked = tf.where(good, raw, tf.fill(raw.shape, Number.NaN));
  if (loss.ignoreIndex === undefined) return { y: checked, counted: undefined };
  const counted = tf.notEqual(raw, loss.ignoreIndex);
  return { y: tf.where(counted, checked, tf.zerosLike(raw)), counted };
}

/** The class of each one-hot row; −½, which is no class, for a row that is not one-hot. */
export function classIndices(labels: tf.Tensor, classes: number): tf.Tensor {
  const y = tf.cast(labels, 'float32');
  const good = tf.logicalAnd(
    tf.equal(tf.sum(tf.cast(tf.equal(y, 1), 'float32'), -1), 1),
    tf.equal(tf.sum(tf.cast(tf.equal(y, 0), 'float32'), -1), classes - 1),
  );
  return tf.where(good, tf.cast(tf.argMax(y, -1), 'float32'), tf.fill([y.shape[0] as number], -0.5));
}

/** What each entry's loss is multiplied by: its weight times α_t, 0 if it is ignored, NaN if weight or target is bad. */
export function scalesOf({ loss, weights }: Call, { y, counted }: Targets): tf.Tensor {
  // 0 for a target, NaN for what is none.
  const none = tf.mul(y, 0);
  let scale = tf.add(none, 1);
  if (typeof loss.alpha === 'number') {
    scale = tf.add(tf.mul(y, loss.alpha), tf.mul(tf.sub(1, y), 1 - loss.alpha));
  } else if (loss.alpha !== undefined) {
    const index = tf.cast(tf.where(tf.isNaN(y), tf.zerosLike(y), y), 'int32');
    scale = tf.add(none, tf.gather(tf.tensor1d([...loss.alpha]), index));
  }
  if (weights !== undefined) {
    const w = tf.cast(weights, 'float32');
    const good = tf.logicalAnd(tf.greaterEqual(w, 0), tf.less(w, Infinity));
    scale = tf.mul(scale, tf.where(good, w, tf.fill(w.shape, Number.NaN)));
  }
  return counted === undefined ? scale : tf.where(counted, scale, tf.zerosLike(scale));
}

/** Where sums are formed: without an order of summation that loses digits. */
export type Sum = (terms: tf.Tensor) => tf.Tensor;

/** What the sum of a call is divided by, where that is known without looking at targets and weights. */
export function knownDivisor({ loss, rows, weights, normalizer }: Call): number | undefined {
  const totals = { count: rows, positives: rows, weights: rows };
  const counts = loss.normalizer === 'count' || (loss.normalizer === 'weights' && weights === undefined);
  const known = normalizer !== undefined || loss.reduction !== 'mean' || (counts && loss.ignoreIndex === undefined);
  return known ? denominator(loss, totals, normalizer) : undefined;
}

/** What the sum of a call is divided by. */
export function divisorOf(call: Call, targets: () => Targets, sum: Sum): number | tf.Tensor {
  const { loss, weights } = call;
  const known = knownDivisor(call);
  if (known !== undefined) return known;
  const { y, counted } = targets();
  const one = counted === undefined ? tf.onesLike(y) : tf.cast(counted, 'float32');
  if (loss.normalizer === 'positives') return tf.maximum(sum(tf.mul(one, positives(loss, y))), 1);
  if (loss.normalizer === 'count' || weights === undefined) return sum(one);
  return sum(tf.where(tf.greater(one, 0), tf.cast(weights, 'float32'), tf.zerosLike(one)));
}

const positives = ({ link, background }: Loss, y: tf.Tensor): tf.Tensor => {
  const good = tf.where(tf.isNaN(y), tf.zerosLike(y), y);
  return link === 'sigmoid' ? good : tf.cast(tf.notEqual(good, background ?? Number.NaN), 'float32');
};

/** a divided by what there is to divide by; 0 where there is nothing. */
export const divided = (a: tf.Tensor, divisor: number | tf.Tensor): tf.Tensor =>
  typeof divisor === 'number'
    ? divisor === 1
      ? a
      : divisor === 0
        ? tf.zerosLike(a)
        : tf.div(a, divisor)
    : tf.divNoNan(a, divisor);

/** Terms one sum of a backend is trusted with: float32, one after the other, they cost half an ulp each at worst. */
const TRUSTED = 64;

/** The sum of a vector by the backend's own `sum`, in a tree of short sums. */
export function treeSum(terms: tf.Tensor): tf.Tensor {
  let rest = terms;
  while (rest.size > TRUSTED) {
    const rows = Math.ceil(rest.size / TRUSTED);
    const padded = tf.pad(rest, [[0, rows * TRUSTED - rest.size]]);
    rest = tf.sum(tf.reshape(padded, [rows, TRUSTED]), 1);
  }
  return tf.sum(rest);
}
