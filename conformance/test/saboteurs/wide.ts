/**
 * Right until something is too narrow for what goes in: a float32 sum, a byte, a counter, a reciprocal; and until work that is shared
 * does not come out even.
 *
 * @module
 */
import { everything } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, mapped, type Open, saboteur, withCall } from './saboteur.ts';

const f = Math.fround;
const has = { supports: everything };
/** One loss: of many entries a reference takes its time. */
const large = (largest: number, loss: string) =>
  ({ dtype: 'float32', largest, supports: { ...everything, losses: [loss] } }) as const;

const exactly = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((sum, one) => sum + one, 0);
const narrowly = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((sum, one) => f(sum + one), 0);

export const wideReductions: readonly Open[] = [
  saboteur(
    'the labels of positives are added up in float32, one by one',
    ['equal-terms'],
    afterwards((answer, { loss, targets, normalizer }) => {
      const ofLabels = loss.link === 'sigmoid' && loss.reduction === 'mean' && loss.normalizer === 'positives';
      if (!ofLabels || normalizer !== undefined || targets.length < 1e5) return answer;
      const times = exactly(targets) / narrowly(targets);
      return mapped(answer, (number) => number * times);
    }),
    large(2e5, 'sigmoidCrossEntropy'),
  ),
  saboteur(
    'the exponentials of a long row are added up in float32, one by one',
    ['many-classes'],
    afterwards((answer, { loss, logits, targets, shape }) => {
      if (loss.link === 'sigmoid' || shape[0] !== 1 || shape[1] < 4000) return answer;
      const terms = logits.map(Math.exp);
      const times = exactly(terms) / narrowly(terms);
      return {
        ...answer,
        grad: Array.from(answer.grad ?? [], (slope, c) => (c === targets[0] ? slope : slope * times)),
      };
    }),
    large(1e5, 'softmaxCrossEntropy'),
  ),
  saboteur(
    'a counter of entries that ends at 2²²',
    ['many-entries'],
    (call) => {
      const { logits, targets } = call;
      const n = logits.length;
      if (n < 4e6) return evaluate(call);
      // By hand: a reference takes its time.
      let value = 0;
      for (let i = 0; i < n; i++) value += Math.log1p(Math.exp(targets[i] === 1 ? -logits[i] : logits[i]));
      return { value: value / Math.min(n, 2 ** 22) };
    },
    { ...large(17e6, 'sigmoidCrossEntropy'), dtype: 'float64' },
  ),
];

export const wideGrids: readonly Open[] = [
  saboteur(
    'from 150,000 entries on shared out to eight, and what is left over to nobody',
    ['random.sizes'],
    withCall(({ loss, targets, weights }) => {
      const n = targets.length;
      if (loss.link !== 'sigmoid' || n < 150_000) return {};
      return { weights: Float32Array.from({ length: n }, (_, i) => (i < n - (n % 8) ? (weights?.[i] ?? 1) : 0)) };
    }),
    large(1e6, 'sigmoidFocal'),
  ),
  saboteur(
    'a slope finds the weight of its row by a float32 reciprocal of how many classes there are',
    ['random.sizes'],
    afterwards((answer, { loss, shape, axis, weights }) => {
      const { grad } = answer;
      if (loss.link === 'sigmoid' || shape.length !== 2 || axis !== undefined || !weights || !grad) return answer;
      const classes = shape[1];
      const off = (slope: number, i: number) => {
        const [row, taken] = [Math.floor(i / classes), Math.floor(f(i * f(1 / classes)))];
        return row === taken || !(weights[row] > 0) ? slope : (slope * weights[taken]) / weights[row];
      };
      return { ...answer, grad: Array.from(grad, off) };
    }),
    { ...has, dtype: 'float32' },
  ),
];

export const wideOptions: readonly Open[] = [
  saboteur(
    'classes and what is ignored travel as signed bytes where there are few classes',
    ['random.options'],
    (call) => {
      const { loss, targets } = call;
      const { ignoreIndex } = loss;
      const travels = loss.link === 'softmax' && loss.targets === 'class' && ignoreIndex !== undefined;
      if (!travels || targets.length === call.logits.length || !targets.every((y) => y < 128 || y === ignoreIndex))
        return evaluate(call);
      const byte = (ignoreIndex << 24) >> 24;
      const sent = {
        targets: targets.map((y) => (y === ignoreIndex ? byte : y)),
        loss: { ...loss, ignoreIndex: byte },
      };
      return withCall(() => sent)(call);
    },
    has,
  ),
];
