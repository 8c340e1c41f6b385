/**
 * Mistakes in what rounding takes: right on every number that float16 has, and wrong beside them.
 *
 * @module
 */

import { reduced } from '../correct/reduced.ts';
import { evaluate } from '../honest.ts';
import { mapped, type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const f = Math.fround;

export const roundingSaboteurs: readonly Open[] = [
  saboteur(
    'α sent as middle and half in float32, which loses one near 0 or 1',
    ['random'],
    // α = 1e-8 becomes 0.
    withLoss(({ alpha }) => (typeof alpha === 'number' ? { alpha: f(0.5 + f(alpha - 0.5)) } : {})),
    { dtype: 'float32' },
  ),
  saboteur(
    'a label taken for hard after 2y − 1 was rounded to float32',
    ['random'],
    withCall(({ loss, targets }) =>
      loss.link === 'sigmoid' ? { targets: targets.map((y) => (f(2 * y - 1) === -1 && y > 0 ? 0 : y)) } : {},
    ),
    { dtype: 'float32' },
  ),
  saboteur(
    'γz + β rounded to float32 on its way into the exponential',
    ['values.huge', 'softmax.10', 'random'],
    (call) => {
      const { loss } = call;
      if (!loss.name.endsWith('FocalStar') || loss.reduction !== 'none') return evaluate(call);
      return reduced(({ params: { gamma, beta } }, x, y) => {
        const side = 2 * y - 1;
        const at = f(f(gamma * (side === 0 ? 0 : side * x)) + beta);
        const e = Math.exp(-Math.abs(at));
        const miss = (at > 0 ? e : 1) / (1 + e);
        return [(Math.log1p(e) + Math.max(-at, 0)) / gamma, -side * miss];
      })(call);
    },
    { dtype: 'float32' },
  ),
  saboteur(
    'softmax without what the differences of its logits lost',
    ['alpha', 'random', 'laws.gamma-zero', 'laws.alpha'],
    (call) => {
      const { loss, logits, targets, shape } = call;
      if (loss.key !== 'crossEntropy' || loss.link !== 'softmax' || loss.reduction !== 'none') return evaluate(call);
      const whole = evaluate(call);
      const finite = logits.every(Number.isFinite) && call.weights === undefined;
      if (!finite || loss.ignoreIndex !== undefined) return whole;
      const value = Array.from(targets, (t, i) => {
        const row = Array.from(logits.subarray(i * shape[1], (i + 1) * shape[1]));
        const others = row.filter((_, j) => j !== t);
        const most = Math.max(...others);
        const z = row[t] - most - Math.log(others.reduce((sum, x) => sum + Math.exp(x - most), 0));
        return Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
      });
      return { ...whole, value };
    },
  ),
  saboteur(
    'row sums of float32 added up one by one',
    ['many-classes'],
    (call) => {
      const { loss, shape } = call;
      const answer = evaluate(call);
      if (loss.link !== 'softmax' || loss.reduction !== 'none' || shape[1] < 1000) return answer;
      let sum = 0;
      for (let j = 0; j < shape[1]; j++) sum = f(sum + 0.1);
      const { value } = answer;
      return { ...answer, value: Array.from(value as ArrayLike<number>, (v) => v * (sum / (0.1 * shape[1]))) };
    },
    { dtype: 'float32', largest: 1e5 },
  ),
  saboteur(
    '1/n multiplied before the sum, where it makes numbers that float32 does not have',
    ['tiny-means'],
    (call) => {
      const { loss, targets } = call;
      const answer = evaluate(call);
      if (loss.reduction !== 'mean' || targets.length === 0) return answer;
      const each = (answer.value as number) / targets.length;
      return Math.abs(each) < 2 ** -126 ? mapped(answer, () => 0) : answer;
    },
    { dtype: 'float32' },
  ),
];
