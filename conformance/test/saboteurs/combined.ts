/**
 * Options that are right alone, and wrong where they meet another one, a part or a loss of one's own.
 *
 * @module
 */
import type { Formula } from '@focal-loss/core';
import { type Call, everything } from '../../src/index.ts';
import { evaluate } from '../honest.ts';
import { type Open, saboteur, withCall, withLoss } from './saboteur.ts';

const has = { supports: everything };

const isAlone = ({ wants }: Call) => wants.includes('value') && !wants.includes('grad');

export const combinedSaboteurs: readonly Open[] = [
  saboteur(
    'an ignoreIndex of 0 taken for none',
    ['random.options'],
    withLoss(({ ignoreIndex }) => (ignoreIndex === 0 ? { ignoreIndex: undefined } : {})),
    has,
  ),
  saboteur(
    'the value alone forgets α where there are weights',
    ['random.options'],
    (call) =>
      evaluate(
        isAlone(call) && call.weights && typeof call.loss.alpha === 'object'
          ? { ...call, loss: { ...call.loss, alpha: undefined } }
          : call,
      ),
    has,
  ),
  saboteur(
    "a call's normalizer below 1 raised to 1",
    ['random.options'],
    withCall(({ normalizer }) => (normalizer === undefined ? {} : { normalizer: Math.max(1, normalizer) })),
    has,
  ),
  saboteur(
    'rows whose class has weight 0 left out of the count',
    ['random.options'],
    withCall(({ loss, targets, logits, normalizer }) => {
      const { alpha, ignoreIndex } = loss;
      const counts = loss.reduction === 'mean' && loss.normalizer === 'count' && normalizer === undefined;
      if (!counts || loss.link !== 'softmax' || typeof alpha !== 'object' || targets.length === logits.length)
        return {};
      const count = Array.from(targets).filter((y) => y !== ignoreIndex && alpha[Math.floor(y)] !== 0).length;
      return count > 0 ? { normalizer: count } : {};
    }),
    has,
  ),
  saboteur(
    "a loss of one's own taken for linear in its label",
    ['operations.max', 'operations.div', 'operations.where', 'random.custom'],
    withLoss(({ key, link, formula }) => {
      if (key !== undefined || link === 'softmax') return {};
      const linear: Formula = (o, x, y, params) =>
        o.add(
          o.mul(y, formula(o, x, o.constant(1), params)),
          o.mul(o.sub(o.constant(1), y), formula(o, x, o.constant(0), params)),
        );
      return { formula: linear };
    }),
    has,
  ),
  saboteur(
    'beside second derivatives the value has no weights',
    ['hess'],
    (call) => {
      const answer = evaluate(call);
      const { weights: _, weightsShape: __, ...rest } = call;
      return answer.hess && call.weights ? { ...answer, value: evaluate(withWants(rest, call)).value } : answer;
    },
    has,
  ),
];

const withWants = (rest: Omit<Call, 'wants'>, { wants }: Call): Call =>
  Object.defineProperty({ ...rest }, 'wants', { value: wants }) as Call;
