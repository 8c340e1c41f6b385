/**
 * What stays between the calls of a training, and what is seen at the edges of a kernel only: answers that are the backend's own,
 * programs that are replayed, tiles in which there is nothing.
 *
 * @module
 */
import { classesBack, classesLast, type Formula, type Loss, layout } from '@focal-loss/core';
import { type Call, everything } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, type Evaluate, type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const has = { supports: everything };

/** Whether it is one of the single operations that the suite begins with. */
const isOperation = ({ name }: Loss) => name.includes('(');

const changed = (call: Call, change: Partial<Call>) => withCall(() => change)(call);

/** Answers are known by all that a call says, and given out again as they are: what a caller does to them stays in them. */
function memo(): Evaluate {
  const known = new WeakMap<object, Map<string, ReturnType<Evaluate>>>();
  return (call) => {
    const { loss, logits, targets, weights, ...rest } = call;
    const own = known.get(loss) ?? new Map();
    known.set(loss, own);
    const spelled = [logits, targets, weights].map((one) => one && Array.from(one, (x) => (x === 0 ? 1 / x : x)));
    const key = `${JSON.stringify(rest)} ${spelled.join(' ')} ${call.wants}`;
    if (!own.has(key)) own.set(key, evaluate(call));
    return own.get(key) as ReturnType<Evaluate>;
  };
}

/** From the third step of a loss on, what is divided by is what it was in the second. */
function replayed(): Evaluate {
  const captured = new WeakMap<object, { steps: number; normalizer?: number }>();
  return (call) => {
    if (call.normalizer === undefined) return evaluate(call);
    const graph = captured.get(call.loss) ?? { steps: 0 };
    captured.set(call.loss, graph);
    graph.steps += 1;
    if (graph.steps === 2) graph.normalizer = call.normalizer;
    return graph.steps > 2 ? changed(call, { normalizer: graph.normalizer as number }) : evaluate(call);
  };
}

/** Ignored targets become 0 for the time of a call, which an error cuts short. */
const cleaned: Evaluate = (call) => {
  const { loss, targets } = call;
  if (loss.ignoreIndex === undefined || call.wants.includes('posterior')) return evaluate(call);
  const given = targets.slice();
  targets.forEach((y, i) => {
    if (y === loss.ignoreIndex) targets[i] = 0;
  });
  const answer = changed(call, { targets: given });
  targets.set(given);
  return answer;
};

const staged = () => {
  let held = 0;
  return {
    evaluate: ((call) => {
      if (call.logits.length > 5000) held += 1;
      return evaluate(call);
    }) as Evaluate,
    resources: () => held,
  };
};

const uploads = staged();

/** Weights are staged before targets are looked at, and taken away by what succeeds. */
function stagedWeights(): Evaluate {
  let left: Call['weights'];
  return (call) => {
    const { targets, weights, weightsShape, wants } = call;
    if (wants.includes('posterior') || weightsShape !== undefined) return evaluate(call);
    left = weights ?? left;
    const found = left?.length === targets.length ? { weights: left } : {};
    const answer = changed(call, found);
    left = undefined;
    return answer;
  };
}

export const keptCalls: readonly Open[] = [
  saboteur('an answer that is given again is the one that the caller has changed', ['random.sequences'], memo(), has),
  saboteur('from its third step on a loss is divided as in its second', ['random.sequences'], replayed(), has),
  saboteur('ignored targets stay 0 where a call is refused', ['random.bad-input'], cleaned, has),
  saboteur('weights of a call that was refused are those of the next', ['random.sequences'], stagedWeights(), has),
  saboteur('what is staged of long calls is never given back', ['calls.leaks'], uploads.evaluate, {
    ...has,
    resources: uploads.resources,
  }),
];

export const keptNonfinite: readonly Open[] = [
  saboteur(
    "the larger of two is b > a ? b : a in losses of one's own, and of NaN and a number the number",
    ['random.nonfinite'],
    withLoss((loss) =>
      loss.key === undefined && !isOperation(loss)
        ? {
            formula: ((o, x, y, params) =>
              loss.formula({ ...o, max: (a, b) => o.where(o.sub(b, a), b, a) }, x, y, params)) as Formula,
          }
        : {},
    ),
    has,
  ),
  saboteur(
    'a row is NaN if its first 64 classes are masked',
    ['random.nonfinite'],
    withCall(({ loss, logits, shape, axis, wants }) => {
      const [rows, classes] = shape;
      if (loss.link !== 'softmax' || axis !== undefined || shape.length !== 2 || classes <= 64) return {};
      if (wants.includes('posterior')) return {};
      const poisoned = logits.slice();
      for (let i = 0; i < rows; i++) {
        const row = poisoned.subarray(i * classes, (i + 1) * classes);
        if (row.subarray(0, 64).every((x) => x === -Infinity)) row.fill(Number.NaN);
      }
      return { logits: poisoned };
    }),
    has,
  ),
];

/** r(1 − r) of the wrong classes of a row, with 1 − r by subtraction. */
const spreadBySubtraction = afterwards((answer, { loss, logits, targets, shape, axis }) => {
  const usual = loss.link === 'softmax' && loss.targets === 'class' && loss.labelSmoothing === 0;
  if (answer.hess === undefined || answer.grad === undefined || !usual || targets.length === logits.length)
    return answer;
  const at = layout(loss, logits, targets, { shape, axis });
  const [x, slopes, curves] = [logits, answer.grad, answer.hess].map((one) => Float64Array.from(classesLast(one, at)));
  for (let i = 0; i < at.rows; i++) {
    const others = Array.from({ length: at.classes }, (_, c) => i * at.classes + c);
    others.splice(Math.max(targets[i], 0), 1);
    const most = Math.max(...others.map((k) => x[k]));
    const shares = others.map((k) => Math.exp(x[k] - most));
    const all = shares.reduce((a, b) => a + b, 0);
    others.forEach((k, own) => {
      const rest = shares.reduce((sum, one, j) => (j === own ? sum : sum + one), 0) / all;
      curves[k] -= slopes[k] * (rest - (1 - shares[own] / all)) || 0;
    });
  }
  return { ...answer, hess: classesBack(curves, at) };
});

export const keptParts: readonly Open[] = [
  saboteur('second derivatives of a row have 1 − r by subtraction', ['hess'], spreadBySubtraction, has),
  saboteur(
    'the square of a distance of 0 has no second derivative',
    ['hess'],
    afterwards((answer, { loss, logits, targets }) =>
      loss.key === 'qualityFocal' && answer.hess !== undefined
        ? { ...answer, hess: Array.from(answer.hess, (h, i) => (logits[i] === 0 && targets[i] === 0.5 ? 0 : h)) }
        : answer,
    ),
    has,
  ),
  saboteur(
    'a posterior is told of weights that are held',
    ['posterior'],
    withLoss((loss) => (loss.params.detach === 1 ? { params: { ...loss.params, detach: 0 }, untold: undefined } : {})),
    has,
  ),
  saboteur(
    'in a row that is all but certain no class has a probability',
    ['posterior'],
    afterwards((answer, { logits }) =>
      answer.posterior !== undefined && Math.max(...logits) > 120
        ? { posterior: Array.from(answer.posterior, () => Number.NaN) }
        : answer,
    ),
    has,
  ),
];

export const keptOptions: readonly Open[] = [
  saboteur(
    'a parameter that is called like an option is the option',
    ['random.custom'],
    withLoss((loss) =>
      loss.key === undefined && 'alpha' in loss.params && typeof loss.alpha === 'number'
        ? { params: { ...loss.params, alpha: loss.alpha } }
        : {},
    ),
    has,
  ),
  saboteur(
    'entries without a weight are not counted where most have none',
    ['random.options'],
    withCall(({ loss, targets, weights, weightsShape, normalizer }) => {
      const usual = loss.reduction === 'mean' && loss.normalizer === 'count' && normalizer === undefined;
      if (!usual || weights?.length !== targets.length || weightsShape !== undefined) return {};
      const left = targets.filter((y, i) => weights[i] !== 0 && y !== loss.ignoreIndex).length;
      return left > 0 && left < targets.length / 2 ? { normalizer: left } : {};
    }),
    has,
  ),
];
