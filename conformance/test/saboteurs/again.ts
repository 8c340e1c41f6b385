/**
 * What a suite of drawn calls had overlooked by its luck: objects that come again and say something else, what is counted in few bits,
 * constants as languages print them, and what hides in a row.
 *
 * @module
 */
import type { Loss } from '@focal-loss/core';
import { type Answer, type Call, everything } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, type Evaluate, type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const has = { supports: everything };

const isOwn = ({ key }: Loss) => key === undefined;
const isPosterior = ({ wants }: Call) => wants.includes('posterior');
const classAxis = ({ shape, axis = -1 }: Call) => (axis < 0 ? shape.length + axis : axis);
const changed = (call: Call, change: Partial<Call>) => withCall(() => change)(call);

/** Arrays that were good once are looked at no more. */
function lookedAtOnce(): Evaluate {
  const good = new WeakSet<object>();
  return (call) => {
    const { targets, loss } = call;
    if (loss.link === 'softmax') return evaluate(call);
    if (good.has(targets)) return changed(call, { targets: targets.map((y) => (y >= 0 && y <= 1 ? y : 0)) });
    const answer = evaluate(call);
    if (loss.ignoreIndex === undefined) good.add(targets);
    return answer;
  };
}

/** What is under way for the same arrays is not begun again. */
function joined(): Evaluate {
  const underWay = new Map<object, Promise<Answer>>();
  return (call) => {
    const known = underWay.get(call.logits);
    if (known !== undefined && call.loss.reduction === 'mean' && !isPosterior(call)) return known;
    const own = Promise.resolve().then(() => evaluate(call));
    underWay.set(call.logits, own);
    const end = () => underWay.delete(call.logits);
    own.then(end, end);
    return own;
  };
}

/** A plan is kept by the shape that it was made for, which may be another by now. */
function plannedByShape(): Evaluate {
  const plans = new WeakMap<object, readonly number[]>();
  return (call) => {
    const planned = plans.get(call.shape) ?? [...call.shape];
    plans.set(call.shape, planned);
    return changed(call, { shape: planned });
  };
}

/** Positives are counted once for each array. */
function countedOnce(): Evaluate {
  const counts = new WeakMap<object, number>();
  return (call) => {
    const { loss, targets } = call;
    if (loss.normalizer !== 'positives' || loss.reduction !== 'mean' || loss.positives === 'ones')
      return evaluate(call);
    if (loss.link === 'softmax' || loss.ignoreIndex !== undefined || call.normalizer !== undefined)
      return evaluate(call);
    const count =
      counts.get(targets) ??
      Math.max(
        1,
        Array.from(targets).reduce((sum, y) => sum + y, 0),
      );
    counts.set(targets, count);
    evaluate(call);
    return changed(call, { normalizer: count });
  };
}

export const callsAgain: readonly Open[] = [
  saboteur('targets that were good once are looked at no more', ['random.sequences'], lookedAtOnce(), has),
  saboteur('a call of logits that are under way gets their answer', ['random.sequences'], joined(), has),
  saboteur('a plan is kept by its shape object', ['random.sequences'], plannedByShape(), has),
  saboteur('positives are counted once for each array', ['random.sequences'], countedOnce(), has),
];

export const optionsAgain: readonly Open[] = [
  saboteur(
    'where most targets are ignored weights along the last axis alone are those of the first place',
    ['random.options'],
    withCall(({ loss, targets, shape, weights, weightsShape }) =>
      loss.link === 'sigmoid' &&
      weights !== undefined &&
      weightsShape === undefined &&
      weights.length < targets.length &&
      targets.filter((y) => y === loss.ignoreIndex).length > 0.7 * targets.length
        ? { weights: weights.map(() => weights[0]), weightsShape: shape.slice(-1) }
        : {},
    ),
    has,
  ),
  saboteur(
    'targets that are 1 are counted once they have been smoothed',
    ['random.options'],
    withCall(({ loss, normalizer }) =>
      loss.positives === 'ones' &&
      loss.labelSmoothing > 0 &&
      loss.normalizer === 'positives' &&
      normalizer === undefined
        ? { normalizer: 1 }
        : {},
    ),
    has,
  ),
  saboteur(
    "constants of a loss of one's own have six digits behind the point",
    ['random.custom'],
    withLoss((loss) =>
      isOwn(loss)
        ? {
            formula: ((o, x, y, params) =>
              loss.formula(
                { ...o, constant: (v) => o.constant(Number.isFinite(v) ? Number(v.toFixed(6)) : v) },
                x,
                y,
                params,
              )) as Loss['formula'],
          }
        : {},
    ),
    has,
  ),
  saboteur(
    'parameters have no upper and lower case',
    ['random.custom'],
    withLoss((loss) => {
      const plain = new Map(Object.entries(loss.params).map(([name, value]) => [name.toLowerCase(), value]));
      const params = Object.fromEntries(Object.keys(loss.params).map((name) => [name, plain.get(name.toLowerCase())]));
      return isOwn(loss) ? ({ params } as Partial<Loss>) : {};
    }),
    has,
  ),
];

/** The numbers of a row that are not its own, by what they are given. */
const inRows = (numbers: ArrayLike<number>, call: Call, change: (own: number, c: number, row: number) => number) => {
  const at = classAxis(call);
  const classes = call.shape[at] ?? 1;
  const inner = call.shape.slice(at + 1).reduce((all, size) => all * size, 1);
  return Array.from(numbers, (own, i) => {
    const row = Math.floor(i / (classes * inner)) * inner + (i % inner);
    return change(own, Math.floor(i / inner) % classes, row);
  });
};

export const gridsAgain: readonly Open[] = [
  saboteur(
    'classes from 16,384 on have the logit of the first',
    ['random.large'],
    withCall((call) => {
      const { logits, loss } = call;
      if (loss.link !== 'softmax' || (call.shape[classAxis(call)] ?? 0) <= 16_384) return {};
      return { logits: Float64Array.from(inRows(logits, call, (own, c) => (c < 16_384 ? own : (logits[0] ?? 0)))) };
    }),
    { ...has, largest: 1e5 },
  ),
  saboteur(
    'ignored entries are counted in 16 bits',
    ['random.large'],
    withCall(({ loss, targets, normalizer }) => {
      const isCounted = loss.reduction === 'mean' && loss.normalizer === 'count' && normalizer === undefined;
      if (!isCounted || loss.link === 'softmax' || targets.length < 65_536) return {};
      const ignored = targets.filter((y) => y === loss.ignoreIndex).length;
      return ignored < 65_536 ? {} : { normalizer: targets.length - (ignored % 65_536) };
    }),
    { ...has, largest: 2e5 },
  ),
  saboteur(
    'probabilities are relative to the largest logit of all rows',
    ['random.large', 'posterior'],
    afterwards((answer, call) => {
      if (!isPosterior(call) || call.loss.link !== 'softmax' || answer.posterior === undefined) return answer;
      const largest = Math.max(...Array.from(call.logits).slice(0, 1e4));
      const lost = new Set<number>();
      inRows(call.logits, call, (x, _, row) => {
        if (largest - x < 745) lost.add(row);
        return x;
      });
      const posterior = inRows(answer.posterior, call, (own, _, row) => (lost.has(row) ? own : Number.NaN));
      return { posterior: Number.isNaN(largest) ? answer.posterior : posterior };
    }),
    has,
  ),
  saboteur(
    'second derivatives divide by a probability that is 0',
    ['hess'],
    afterwards((answer, { loss, logits, targets }) => {
      const { gamma = 2 } = loss.params as { gamma?: number };
      if (answer.hess === undefined || loss.key !== 'focal' || loss.link === 'softmax' || gamma >= 2) return answer;
      const isSure = (i: number) => Math.abs(logits[i] ?? 0) > 745 && (logits[i] ?? 0) > 0 === (targets[i] ?? 0) > 0.5;
      return { ...answer, hess: Array.from(answer.hess, (own, i) => (isSure(i) ? Number.NaN : own)) };
    }),
    has,
  ),
];

/** A target or weight that is none makes its entry NaN. */
const marking = (slopesOfClasses: boolean): Evaluate => {
  const marked: Evaluate = (call) => {
    try {
      return evaluate(call);
    } catch (error) {
      const [, field, index] = /(targets|weights)\[(\d+)\]/.exec(String(error)) ?? [];
      if (field === undefined) throw error;
      const at = Number(index);
      const { targets, weights, logits, loss } = call;
      const harmless = targets.map((y, i) => (field === 'targets' && i === at ? (loss.ignoreIndex === 0 ? 1 : 0) : y));
      const own = weights?.map((w, i) => (field === 'weights' && i === at ? 1 : w));
      const { value, ...slopes } = marked(changedArrays(call, harmless, own)) as Answer;
      const isRow = loss.link === 'softmax';
      const isIts = (i: number) =>
        isRow && targets.length < logits.length
          ? inRows(logits, call, (_, __, row) => row)[i] === at
          : field === 'targets' && !isRow && i === at;
      const numbers = (part: ArrayLike<number> | undefined) =>
        part && Array.from(part, (slope, i) => (isIts(i) && !(isRow && slopesOfClasses) ? Number.NaN : slope));
      const values =
        typeof value === 'number' || value === undefined || loss.reduction !== 'none' || field === 'weights'
          ? Number.NaN
          : Array.from(value, (one, i) => (i === at ? Number.NaN : one));
      const all = typeof value === 'object' && typeof values === 'number' ? Array.from(value, () => values) : values;
      return Object.fromEntries([
        ...(value === undefined ? [] : [['value', all]]),
        ...Object.entries(slopes).map(([part, of]) => [part, numbers(of as ArrayLike<number>)]),
      ]);
    }
  };
  return marked;
};

const changedArrays = (call: Call, targets: Call['targets'], weights: Call['weights']): Call =>
  Object.defineProperty({ ...call, targets, ...(weights && { weights }) }, 'wants', { value: call.wants });

export const badInputAgain: readonly Open[] = [
  saboteur('the slopes of a class that is none are those of a softmax', ['random.bad-input'], marking(true), {
    supports: { ...everything, badInput: 'nan', rowTargets: false },
  }),
  saboteur(
    'shares of rows that add up to 1 are not looked at',
    ['random.bad-input'],
    withCall((call) => {
      const { loss, targets, logits } = call;
      if (loss.link !== 'softmax' || targets.length !== logits.length) return {};
      const sums = new Map<number, number>();
      inRows(targets, call, (share, _, row) => {
        sums.set(row, (sums.get(row) ?? 0) + share);
        return share;
      });
      const whole = (row: number) => Math.abs((sums.get(row) ?? 0) - 1) < 1e-9;
      return { targets: Float64Array.from(inRows(targets, call, (y, _, row) => (whole(row) ? Math.max(y, 0) : y))) };
    }),
    has,
  ),
];

export const nonfiniteAgain: readonly Open[] = [
  saboteur(
    'masked classes have no share of a smoothed target',
    ['random.nonfinite'],
    afterwards((answer, { loss, logits }) =>
      loss.link === 'softmax' &&
      loss.labelSmoothing > 0 &&
      logits.includes(-Infinity) &&
      typeof answer.value === 'object'
        ? { ...answer, value: Array.from(answer.value, (one) => (one === Infinity ? 1 : one)) }
        : answer,
    ),
    has,
  ),
];
