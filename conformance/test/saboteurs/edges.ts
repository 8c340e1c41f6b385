/**
 * Bad input and numbers that are none, right in the first entries and under `none`.
 *
 * @module
 */
import { type Call, everything } from '../../src/index.ts';
import { afterwards, mapped, type Open, saboteur, withCall } from './saboteur.ts';

const has = { supports: everything };

const hasNaN = ({ logits }: Call) => logits.some(Number.isNaN);

/** Targets that may be, made of those that may not, at the places that `looked` says nothing of. */
function clipped({ loss, targets, shape }: Call, looked: (i: number) => boolean) {
  const most = loss.link === 'softmax' ? shape[shape.length - 1] - 1 : 1;
  const clip = (y: number) => Math.min(Math.max(loss.link === 'softmax' ? Math.round(y) : y, 0), most) || 0;
  return { targets: targets.map((y, i) => (looked(i) || y === loss.ignoreIndex ? y : clip(y))) };
}

export const badInputEdges: readonly Open[] = [
  saboteur(
    'targets checked in the first 16 entries only',
    ['random.bad-input'],
    withCall((call) => (call.loss.targets === 'place' || call.axis !== undefined ? {} : clipped(call, (i) => i < 16))),
    has,
  ),
  saboteur(
    'targets checked under none only',
    ['random.bad-input'],
    withCall((call) =>
      call.loss.reduction === 'none' || call.loss.link === 'softmax' ? {} : clipped(call, () => false),
    ),
    has,
  ),
  saboteur(
    'weights that broadcast are not checked',
    ['random.bad-input'],
    withCall(({ weights, targets }) =>
      weights && weights.length < targets.length
        ? { weights: weights.map((w) => (w < Infinity ? Math.abs(w) : 1)) }
        : {},
    ),
    has,
  ),
];

const logitsOf = (call: Call, nan: number) => ({ logits: call.logits.map((x) => (Number.isNaN(x) ? nan : x)) });

export const nonfiniteEdges: readonly Open[] = [
  saboteur(
    'a NaN logit left out of sums',
    ['random.nonfinite'],
    withCall((call) => (['sum', 'mean'].includes(call.loss.reduction) && hasNaN(call) ? logitsOf(call, 0) : {})),
    has,
  ),
  saboteur(
    '0 times NaN: a NaN logit with a weight of 0 is NaN everywhere',
    ['random.nonfinite'],
    afterwards((answer, call) => (call.weights && hasNaN(call) ? mapped(answer, () => Number.NaN) : answer)),
    has,
  ),
];
