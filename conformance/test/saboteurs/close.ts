/**
 * Right for all but what lies close to something else: axes as long as each other, parameters and labels beside round ones, a
 * call that differs from the one before in what is seldom asked for.
 *
 * @module
 */
import { type Answer, type Call, everything } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { afterwards, type Evaluate, type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const has = { supports: everything };

/** Answers kept under the array of logits that they were of. */
function posteriorsByArray(): Evaluate {
  const known = new WeakMap<object, Answer>();
  return (call) => {
    if (!call.wants.includes('posterior')) return evaluate(call);
    const answer = known.get(call.logits) ?? evaluate(call);
    known.set(call.logits, answer);
    return answer;
  };
}

/** Second derivatives at the logits of the last call of as many. */
function curvesOfBefore(): Evaluate {
  const before = new Map<number, ArrayLike<number>>();
  return (call) => {
    const answer = evaluate(call) as Answer;
    const { hess } = answer;
    if (hess === undefined) return answer;
    const known = before.get(hess.length) ?? hess;
    before.set(hess.length, hess);
    return { ...answer, hess: known };
  };
}

const isSquare = ({ loss, shape }: Call) => loss.link === 'sigmoid' && shape.length === 2 && shape[0] === shape[1];

export const closeOptions: readonly Open[] = [
  saboteur(
    "a parameter of a loss of one's own that is called gamma is 2",
    ['random.custom'],
    withLoss(({ key, params }) => (key === undefined && 'gamma' in params ? { params: { ...params, gamma: 2 } } : {})),
    has,
  ),
];

export const closeGrids: readonly Open[] = [
  saboteur(
    'weights of the last axis go along the first where both are as long',
    ['random.options'],
    withCall((call) =>
      isSquare(call) && call.weights?.length === call.shape[1] && call.weightsShape === undefined
        ? { weightsShape: [call.shape[0], 1] }
        : {},
    ),
    has,
  ),
  saboteur(
    'an exponent a hundredth from a whole number is that number',
    ['random'],
    withLoss(({ params }) => {
      const near = Math.round(params.gamma);
      return Math.abs(params.gamma - near) < 0.01 ? { params: { ...params, gamma: near } } : {};
    }),
    has,
  ),
];

export const closeCalls: readonly Open[] = [
  saboteur('second derivatives of the call before', ['random.sequences'], curvesOfBefore(), has),
  saboteur('posteriors remembered by the array of logits', ['random.sequences'], posteriorsByArray(), has),
  saboteur(
    'a posterior leaves its logits shifted',
    ['posterior'],
    (call) => {
      const answer = evaluate(call);
      if (call.wants.includes('posterior')) call.logits.set(call.logits.map((x) => x - 1));
      return answer;
    },
    has,
  ),
];

export const closeBadInput: readonly Open[] = [
  saboteur(
    'targets from the 1000th on are not looked at',
    ['random.bad-input'],
    withCall(({ loss, targets }) =>
      loss.link === 'sigmoid'
        ? {
            targets: targets.map((y, i) => (i < 1000 || y === loss.ignoreIndex ? y : Math.min(Math.max(y, 0), 1) || 0)),
          }
        : {},
    ),
    has,
  ),
  saboteur(
    'labels a hair outside are rounded in',
    ['random.bad-input'],
    withCall(({ loss, targets }) => ({
      targets: targets.map((y) => (y < 0 && y > -1e-3 ? 0 : y > 1 && y < 1.001 && loss.link === 'sigmoid' ? 1 : y)),
    })),
    has,
  ),
];

export const closeNonfinite: readonly Open[] = [
  saboteur(
    'a NaN behind the first thousand logits is left out of sums',
    ['random.nonfinite'],
    afterwards((answer, call) =>
      typeof answer.value === 'number' && call.logits.length > 1000 && !call.logits.slice(0, 1000).some(Number.isNaN)
        ? { ...answer, value: answer.value || 0 }
        : answer,
    ),
    has,
  ),
];
