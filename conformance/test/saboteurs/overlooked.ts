/**
 * Mistakes of a kind that the suite did not see: made far from usual parameters, in long calls of a part or an option that only short
 * ones had, along axes that were few, or of probabilities.
 *
 * @module
 */
import { type Loss, posterior } from '@focal-loss/core';
import { type Answer, type Call, everything, type Numbers } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, isMember, type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const has = { supports: everything };

const withParam = (name: string, change: (param: number) => number) =>
  withLoss((loss) =>
    isMember(loss) && loss.params[name] !== undefined
      ? { params: { ...loss.params, [name]: change(loss.params[name]) } }
      : {},
  );

/** Numbers of a part of an answer, those changed that have an index of a kind. */
const without = (
  answer: Answer,
  part: 'grad' | 'hess' | 'posterior',
  isLost: (i: number, n: number) => boolean,
): Answer => {
  const numbers = answer[part];
  return numbers
    ? { ...answer, [part]: Array.from(numbers, (one, i) => (isLost(i, numbers.length) ? 0 : one)) }
    : answer;
};

/** Right at the parameters, labels, weights and denominators that one thinks of. */
export const farSaboteurs: readonly Open[] = [
  saboteur(
    'exponents of more than 12 taken for 12',
    ['random.far'],
    withParam('gamma', (gamma) => Math.min(gamma, 12)),
    has,
  ),
  saboteur(
    'a γ of less than 1e-4 is none',
    ['random.far'],
    withParam('gamma', (gamma) => (gamma < 1e-4 ? 0 : gamma)),
    has,
  ),
  saboteur(
    'margins and floors at most 0.6',
    ['random.far'],
    withParam('margin', (margin) => Math.min(margin, 0.6)),
    has,
  ),
  saboteur(
    'weights of classes at most 20',
    ['random.far'],
    withLoss(({ link, alpha }) =>
      link === 'softmax' && typeof alpha === 'object' ? { alpha: alpha.map((one) => Math.min(one, 20)) } : {},
    ),
    has,
  ),
  saboteur(
    'labels smoothed by less than 1e-4 are not',
    ['random.far'],
    withLoss(({ labelSmoothing }) => (labelSmoothing < 1e-4 ? { labelSmoothing: 0 } : {})),
    has,
  ),
  saboteur(
    'a denominator of less than 1e-3 guarded against',
    ['random.far'],
    withCall(({ normalizer }) => (normalizer === undefined ? {} : { normalizer: Math.max(normalizer, 1e-3) })),
    has,
  ),
  saboteur(
    'weights of less than 1e-12 are none',
    ['random.far'],
    withCall(({ weights }) => (weights ? { weights: weights.map((weight) => (weight < 1e-12 ? 0 : weight)) } : {})),
    has,
  ),
  saboteur(
    'places within 1e-3 of a class are that class',
    ['random.far'],
    withCall(({ loss, targets }) => {
      const near = (y: number) => (Math.abs(y - Math.round(y)) < 1e-3 ? Math.round(y) : y);
      return loss.targets === 'place' ? { targets: targets.map(near) as Numbers } : {};
    }),
    has,
  ),
  saboteur(
    'an axis of −1 taken for 1',
    ['random.options'],
    withCall(({ axis, shape }) => (axis === -1 && shape.length > 2 ? { axis: 1 } : {})),
    has,
  ),
  saboteur(
    'weights along the first of five axes and more are all the first of them',
    ['random.options'],
    withCall(({ shape, weights, weightsShape = [] }) => {
      if (!weights || weightsShape.length < 5 || weightsShape.length < shape.length - 1) return {};
      const each = weights.length / weightsShape[0];
      return { weights: weights.map((_, i) => weights[i % each]) };
    }),
    has,
  ),
];

const isRows = ({ loss, logits, targets }: Call) =>
  loss.link === 'softmax' && loss.targets === 'class' && targets.length === logits.length;

const isLast = ({ shape, axis = -1 }: Call) => axis === -1 || axis === shape.length - 1;

const sigmoidWith = (loss: Loss, change: Partial<Loss>) => (loss.link === 'sigmoid' ? change : {});

/** Right in long calls of focal loss, its value and its slopes, and in short ones of everything else. */
export const longSaboteurs: readonly Open[] = [
  saboteur(
    'second derivatives of more than 2048 logits in whole groups of 256',
    ['random.large'],
    afterwards((answer) => without(answer, 'hess', (i, n) => n > 2048 && i >= n - (n % 256))),
    has,
  ),
  saboteur(
    'probabilities of more than 4096 logits in whole groups of 64',
    ['random.large'],
    afterwards((answer) => without(answer, 'posterior', (i, n) => n > 4096 && i >= n - (n % 64))),
    has,
  ),
  saboteur(
    'weights of more than 1024 classes read modulo 1024',
    ['random.large'],
    withLoss(({ link, alpha }) =>
      link === 'softmax' && typeof alpha === 'object' ? { alpha: alpha.map((_, i) => alpha[i % 1024]) } : {},
    ),
    has,
  ),
  saboteur(
    'shares of classes beyond 1024 left out',
    ['random.large'],
    (call) => {
      const { targets, shape } = call;
      const classes = shape.at(-1) ?? 1;
      if (!isRows(call) || !isLast(call)) return evaluate(call);
      return withCall(() => ({ targets: targets.map((y, i) => (i % classes < 1024 ? y : 0)) as Numbers }))(call);
    },
    has,
  ),
  saboteur(
    'behind the classes only 1000 places',
    ['random.large'],
    afterwards((answer, { loss, shape, axis = -1, wants }) => {
      const along = axis < 0 ? shape.length + axis : axis;
      const behind = shape.slice(along + 1).reduce((all, size) => all * size, 1);
      if (loss.link === 'sigmoid' || wants.includes('posterior')) return answer;
      return without(answer, 'grad', (i) => i % behind >= 1000);
    }),
    has,
  ),
  saboteur(
    'at least one positive in each chunk of 500 entries',
    ['random.large'],
    withCall(({ loss, targets, normalizer }) => {
      const counts = loss.reduction === 'mean' && loss.normalizer === 'positives' && loss.positives === 'sum';
      if (!counts || loss.link === 'softmax' || normalizer !== undefined || targets.length <= 500) return {};
      if (loss.labelSmoothing > 0) return {};
      let all = 0;
      for (let from = 0; from < targets.length; from += 500) {
        const chunk = Array.from(targets.slice(from, from + 500)).filter((y) => y !== loss.ignoreIndex);
        all += Math.max(
          1,
          chunk.reduce((sum, y) => sum + y, 0),
        );
      }
      return { normalizer: all };
    }),
    has,
  ),
  saboteur(
    'whether labels are hard looked up in the first 64',
    ['random.large'],
    withCall(({ loss, targets }) => {
      const { ignoreIndex } = loss;
      const isHard = (y: number) => y === 0 || y === 1 || y === ignoreIndex;
      if (loss.link === 'softmax' || targets.length <= 64 || !targets.slice(0, 64).every(isHard)) return {};
      return { targets: targets.map((y) => (isHard(y) ? y : Number(y > 0.5))) as Numbers };
    }),
    has,
  ),
  saboteur(
    'no smoothing of more than 3000 labels',
    ['random.large'],
    (call) => withLoss((loss) => (call.logits.length > 3000 ? sigmoidWith(loss, { labelSmoothing: 0 }) : {}))(call),
    has,
  ),
  saboteur(
    'shares of rows added up in float32, one after the other',
    ['equal-terms'],
    withCall((call) => {
      const { loss, targets, shape, normalizer } = call;
      const counts = loss.reduction === 'mean' && loss.normalizer === 'positives' && normalizer === undefined;
      if (!counts || !isRows(call) || !isLast(call) || call.weights || loss.labelSmoothing > 0) return {};
      const classes = shape.at(-1) ?? 1;
      let sum = 0;
      targets.forEach((y, i) => {
        if (i % classes !== loss.background) sum = Math.fround(sum + y);
      });
      return { normalizer: Math.max(sum, 1) };
    }),
    { ...has, dtype: 'float32' },
  ),
];

/** Right of every member with nothing else said. */
export const posteriorSaboteurs: readonly Open[] = [
  saboteur(
    "σ for the probability of a loss of one's own",
    ['posterior'],
    afterwards((answer, { loss, logits }) =>
      answer.posterior && loss.key === undefined && loss.link === 'sigmoid'
        ? { posterior: Array.from(logits, (x) => 1 / (1 + Math.exp(-x))) }
        : answer,
    ),
    has,
  ),
  saboteur(
    'the probability 0 where targets may be ignored',
    ['posterior'],
    afterwards((answer, { loss }) =>
      answer.posterior && loss.ignoreIndex !== undefined ? without(answer, 'posterior', () => true) : answer,
    ),
    has,
  ),
  saboteur(
    "the labels of a loss of one's own taken for alike by its probability",
    ['posterior'],
    (call) => {
      const { loss, logits, shape, axis, wants } = call;
      if (!wants.includes('posterior') || loss.key !== undefined || loss.link === 'softmax') return evaluate(call);
      const { formula, params } = loss;
      const alike: Loss = {
        ...loss,
        formula: (o, x, y) => {
          const own = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, o.constant(value)]));
          const one = o.constant(1);
          const positive = formula(o, x, one, own);
          const flipped = formula(o, o.neg(x), one, own);
          return o.add(o.mul(y, positive), o.mul(o.sub(one, y), flipped));
        },
      };
      return { posterior: posterior(alike)(logits, { shape, ...(axis !== undefined && { axis }) }) };
    },
    has,
  ),
];
