/**
 * Mistakes in the loss of one logit.
 *
 * @module
 */
import type { Formula } from '@focal-loss/core';
import { evaluate } from '../honest.ts';
import { afterwards, type Evaluate, type Saboteur, saboteur, withCall, withFormula, withLoss } from './saboteur.ts';

/** Focal loss with value and slope written out, which is what the reference's algebra carries along. */
const byHand = (point: (x: number, y: number, gamma: number) => { value: number; tangent: number }): Evaluate => {
  type Carried = { value: number };
  const formula = (_: unknown, x: Carried, y: Carried, { gamma }: Record<string, Carried>) =>
    point(x.value, y.value, gamma.value);
  return withFormula(formula as unknown as Formula);
};

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** FL as most people write it: from p, p_t and a logarithm. Where p is clipped, nothing flows back through it. */
const fromProbability = (clip: number): Evaluate =>
  byHand((x, y, gamma) => {
    const raw = sigmoid(x);
    const p = Math.min(Math.max(raw, clip), 1 - clip);
    const pt = y * p + (1 - y) * (1 - p);
    const slope = (1 - pt) ** gamma * (gamma * pt * Math.log(pt) + pt - 1);
    return { value: -((1 - pt) ** gamma) * Math.log(pt), tangent: p === raw ? (2 * y - 1) * slope : 0 };
  });

/** Runs a formula on an algebra whose softplus overflows. */
function naiveSoftplus(formula: Formula): Formula {
  return (o, x, y, params) => {
    const one = o.constant(1);
    // log(1 + eᵃ) with 1 + eᵃ rounded first, which is what makes it lose small terms.
    const softplus = (a: typeof x) => o.log1p(o.sub(o.add(one, o.exp(a)), one));
    return formula({ ...o, softplus }, x, y, params);
  };
}

export const formulaSaboteurs: readonly Saboteur[] = [
  saboteur(
    'α given to the negatives',
    ['alpha', 'laws.alpha', 'hard-examples.gradient'],
    withLoss(({ alpha }) => (typeof alpha === 'number' ? { alpha: 1 - alpha } : {})),
  ),
  saboteur(
    'α ignored',
    ['alpha', 'laws.alpha'],
    withLoss(() => ({ alpha: undefined })),
  ),
  saboteur(
    '1 − p_t by subtraction',
    ['values.saturated', 'values.ordinary'],
    withFormula((o, x, y, { gamma }) => {
      const one = o.constant(1);
      const p = o.sigmoid(x);
      const pt = o.add(o.mul(y, p), o.mul(o.sub(one, y), o.sub(one, p)));
      const ce = o.add(o.mul(y, o.softplus(o.neg(x))), o.mul(o.sub(one, y), o.softplus(x)));
      return o.mul(o.pow(o.sub(one, pt), gamma), ce);
    }),
  ),
  saboteur(
    'log(1 + exp(x))',
    ['operations.softplus', 'values.saturated', 'values.extreme', 'hard-examples.finite'],
    (call) => evaluate({ ...call, loss: { ...call.loss, formula: naiveSoftplus(call.loss.formula) } }),
  ),
  saboteur('p clipped at 1e-7', ['values.saturated', 'hard-examples.gradient'], fromProbability(1e-7)),
  saboteur('−log p without a guard', ['values.extreme', 'hard-examples.finite'], fromProbability(0)),
  saboteur(
    'γ·(1−p_t)^(γ−1) at 1 − p_t = 0',
    ['values.saturated', 'hard-examples.finite'],
    byHand((x, y, gamma) => {
      const z = (2 * y - 1) * x;
      const [p, miss] = [sigmoid(z), 1 - sigmoid(z)];
      const slope = -gamma * miss ** (gamma - 1) * p * (1 - p) * softplus(-z) - miss ** gamma * sigmoid(-z);
      return { value: sigmoid(-z) ** gamma * softplus(-z), tangent: (2 * y - 1) * slope };
    }),
  ),
  saboteur(
    'no gradient through the modulator',
    ['values.ordinary', 'laws.gradient', 'published'],
    byHand((x, y, gamma) => {
      const z = (2 * y - 1) * x;
      const modulator = sigmoid(-z) ** gamma;
      return { value: modulator * softplus(-z), tangent: -(2 * y - 1) * modulator * sigmoid(-z) };
    }),
  ),
  saboteur(
    'soft labels rounded to hard ones',
    ['soft-labels'],
    withCall(({ loss, targets }) =>
      loss.link === 'sigmoid' ? { targets: targets.map((y) => (y > 1 ? y : Math.round(y))) } : {},
    ),
  ),
  saboteur(
    'gradient of the wrong sign',
    ['values.ordinary', 'laws.gradient', 'hard-examples.gradient'],
    afterwards(({ value, grad = [] }) => ({ value, grad: Array.from(grad, (g) => -g) })),
  ),
];
