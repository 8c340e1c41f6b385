/**
 * Mistakes in what is made of many entries.
 *
 * @module
 */
import type { Answer } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, mapped, type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const numbers = (value: Answer['value'] = []) => (typeof value === 'number' ? [value] : Array.from(value));

export const reductionSaboteurs: readonly Open[] = [
  saboteur(
    'mean over the batch instead of the elements',
    ['laws.mean', 'laws.shapes'],
    afterwards((answer, { loss, targets, shape, normalizer }) => {
      const whole = loss.reduction === 'mean' && loss.normalizer === 'count' && normalizer === undefined;
      const factor = whole && loss.link === 'sigmoid' && shape.length > 1 ? targets.length / shape[0] : 1;
      return mapped(answer, (number) => number * factor);
    }),
  ),
  saboteur(
    'ignored entries counted in the mean',
    ['normalizers', 'ignore', 'laws.ignore'],
    withCall(({ loss, targets, normalizer = targets.length }) =>
      loss.reduction === 'mean' && loss.normalizer === 'count' && targets.length > 0 ? { normalizer } : {},
    ),
  ),
  saboteur(
    'no positives: 0/0',
    ['normalizers', 'empty'],
    afterwards((answer, { loss, targets, normalizer }) => {
      const none = loss.normalizer === 'positives' && normalizer === undefined && targets.every((y) => y === 0);
      return none && loss.link === 'sigmoid' ? { ...answer, value: Number.NaN } : answer;
    }),
  ),
  saboteur(
    'float32 added up one by one',
    ['large-sums', 'tiny-means'],
    (call) => {
      if (call.loss.reduction === 'none') return evaluate(call);
      const whole = evaluate(call);
      const { normalizer: _, ...input } = call;
      const { value } = evaluate({ ...input, loss: { ...call.loss, reduction: 'none', normalizer: 'count' } });
      const sum = Float32Array.from(numbers(value)).reduce((a, b) => Math.fround(a + b), 0);
      const exact = numbers(value).reduce((a, b) => a + b, 0);
      return { ...whole, value: exact === 0 ? whole.value : (sum / exact) * (whole.value as number) };
    },
    { dtype: 'float32' },
  ),
  saboteur(
    "'sum' means 'mean'",
    ['reductions', 'ignore', 'weights', 'large-sums', 'laws.weights', 'laws.mean', 'laws.sizes'],
    withLoss(({ reduction }) => (reduction === 'sum' ? { reduction: 'mean' } : {})),
  ),
  saboteur(
    'the last n mod 4 entries left out',
    [
      'operations.div',
      'operations.neg',
      'operations.abs',
      'operations.sign',
      'operations.softplus',
      'operations.sigmoid',
      'operations.exp',
      'operations.log1p',
      'operations.pow',
      'operations.affine',
      'operations.where',
      'operations.detach',
      'values.tiny',
      'alpha',
      'soft-labels',
      'softmax.2',
      'softmax.3',
      'softmax.10',
      'softmax.80',
      'normalizers',
      'single',
      'sizes',
      'nonfinite',
      'bad-weights',
      'published',
      'random',
      'many-classes',
      'hard-examples.gradient',
      'laws.permutation',
      'laws.ignore',
      'laws.weights',
      'laws.parts',
      'laws.sizes',
    ],
    ({ loss, ...call }) => {
      const weights = call.targets.map((_, i) =>
        i < call.targets.length - (call.targets.length % 4) ? (call.weights?.[i] ?? 1) : 0,
      );
      return evaluate({ ...call, loss, weights });
    },
  ),
  saboteur(
    'weights ignored',
    ['normalizers', 'ignore', 'weights', 'bad-weights', 'published', 'laws.weights'],
    withCall((call) => ({
      weights: call.targets.map((_, i) => (Number.isFinite(call.weights?.[i] ?? 1) ? 1 : Number.NaN)),
    })),
  ),
  saboteur(
    'mean of nothing: 0/0',
    ['empty'],
    afterwards((answer, { loss, logits }) => {
      return logits.length === 0 && loss.reduction === 'mean' ? { ...answer, value: Number.NaN } : answer;
    }),
  ),
  saboteur(
    'reduction ignored: always the mean',
    [
      'operations.*',
      'values.*',
      'alpha',
      'soft-labels',
      'softmax.*',
      'reductions',
      'ignore',
      'weights',
      'large-sums',
      'nonfinite',
      'published',
      'random',
      'hard-examples.gradient',
      'laws.alpha',
      'laws.gradient',
      'laws.weights',
      'laws.mean',
      'laws.sizes',
    ],
    (call) => {
      const { loss, targets } = call;
      const { value, grad } = evaluate({ ...call, loss: { ...loss, reduction: 'mean', normalizer: loss.normalizer } });
      // The caller's shape for 'none' is kept, or nothing could be read at all.
      return { value: loss.reduction === 'none' ? Array.from(targets, () => value as number) : value, grad };
    },
  ),
  saboteur(
    'gradient of the sum beside the value of the mean',
    ['reductions', 'normalizers', 'ignore', 'weights', 'sizes', 'large-sums', 'published', 'laws.parts', 'laws.mean'],
    (call) => {
      const { value } = evaluate(call);
      const { loss } = call;
      return loss.reduction === 'mean'
        ? { ...evaluate({ ...call, loss: { ...loss, reduction: 'sum', normalizer: 'count' } }), value }
        : evaluate(call);
    },
  ),
  saboteur('ignored entries keep their gradient', ['normalizers', 'ignore', 'empty', 'laws.ignore'], (call) => {
    const { loss, targets } = call;
    const answer = evaluate(call);
    if (loss.ignoreIndex === undefined || loss.link === 'softmax') return answer;
    const hard = targets.map((y) => (y === loss.ignoreIndex ? 0 : y));
    const { grad = [] } = evaluate({ ...call, targets: hard });
    return {
      ...answer,
      grad: Array.from(answer.grad ?? [], (g, i) => (targets[i] === loss.ignoreIndex ? grad[i] : g)),
    };
  }),
  saboteur(
    'mean divided by the weights, always',
    ['normalizers', 'ignore', 'weights', 'published'],
    withLoss(({ reduction, normalizer }) =>
      reduction === 'mean' && normalizer === 'count' ? { normalizer: 'weights' } : {},
    ),
  ),
  saboteur("the call's normalizer ignored", ['normalizers', 'published', 'laws.parts'], (call) => {
    const { normalizer, ...rest } = call;
    return evaluate(rest);
  }),
  saboteur(
    'entries after the first 65,536 not read',
    ['large-sums', 'tiny-means', 'laws.sizes'],
    withCall(({ targets, weights }) =>
      targets.length > 65536 ? { weights: targets.map((_, i) => (i < 65536 ? (weights?.[i] ?? 1) : 0)) } : {},
    ),
    { largest: 200_000 },
  ),
];
