/**
 * Mistakes in the loss of one logit.
 *
 * @module
 */
import type { Formula } from '@focal-loss/core';
import { round } from '../../src/numbers.ts';
import { evaluate } from '../honest.ts';
import { byHand, sigmoid, softplus } from './byHand.ts';
import { type Evaluate, isMember, type Open, saboteur, withCall, withFormula, withLoss } from './saboteur.ts';

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

export const formulaSaboteurs: readonly Open[] = [
  saboteur(
    '1 − p_t by subtraction',
    [
      'values.ordinary',
      'values.saturated',
      'values.extreme',
      'alpha',
      'sizes',
      'random',
      'laws.flip',
      'laws.two-classes',
    ],
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
    [
      'operations.softplus',
      'values.ordinary',
      'values.saturated',
      'values.extreme',
      'values.huge',
      'alpha',
      'soft-labels',
      'softmax.*',
      'sizes',
      'nonfinite',
      'random',
      'tiny-means',
      'hard-examples.*',
    ],
    (call) => evaluate({ ...call, loss: { ...call.loss, formula: naiveSoftplus(call.loss.formula) } }),
  ),
  saboteur(
    'p clipped at 1e-7',
    [
      'values.ordinary',
      'values.saturated',
      'values.extreme',
      'values.huge',
      'alpha',
      'soft-labels',
      'normalizers',
      'sizes',
      'nonfinite',
      'random',
      'hard-examples.gradient',
      'laws.gamma-zero',
      'laws.flip',
      'laws.two-classes',
    ],
    fromProbability(1e-7),
  ),
  saboteur(
    '−log p without a guard',
    [
      'values.ordinary',
      'values.saturated',
      'values.extreme',
      'values.huge',
      'alpha',
      'soft-labels',
      'normalizers',
      'sizes',
      'nonfinite',
      'random',
      'hard-examples.*',
      'laws.gamma-zero',
      'laws.flip',
      'laws.two-classes',
    ],
    fromProbability(0),
  ),
  saboteur(
    'γ·(1−p_t)^(γ−1) at 1 − p_t = 0',
    [
      'values.ordinary',
      'values.saturated',
      'values.extreme',
      'values.huge',
      'alpha',
      'soft-labels',
      'normalizers',
      'sizes',
      'nonfinite',
      'random',
      'hard-examples.finite',
      'laws.gamma-zero',
      'laws.two-classes',
    ],
    byHand((x, y, gamma) => {
      const z = (2 * y - 1) * x;
      const [p, miss] = [sigmoid(z), 1 - sigmoid(z)];
      const slope = -gamma * miss ** (gamma - 1) * p * (1 - p) * softplus(-z) - miss ** gamma * sigmoid(-z);
      return { value: sigmoid(-z) ** gamma * softplus(-z), tangent: (2 * y - 1) * slope };
    }),
  ),
  saboteur(
    'soft labels rounded to hard ones',
    ['alpha', 'soft-labels', 'normalizers', 'random'],
    withCall(({ loss, targets }) =>
      loss.link === 'sigmoid' && isMember(loss)
        ? { targets: targets.map((y) => (y > 0 && y < 1 ? Math.round(y) : y)) }
        : {},
    ),
  ),
  saboteur(
    'exponent of the wrong sign: (1 − p_t)^−γ',
    [
      'values.*',
      'alpha',
      'soft-labels',
      'reductions',
      'normalizers',
      'ignore',
      'weights',
      'single',
      'sizes',
      'large-sums',
      'nonfinite',
      'published',
      'random',
      'hard-examples.finite',
      'laws.below-cross-entropy',
      'laws.two-classes',
      'laws.gradient',
    ],
    withFormula((o, x, y, { gamma }) => {
      const { softplus, sigmoid, mul, add, sub, neg } = o;
      const rest = sub(o.constant(1), y);
      const miss = add(mul(y, sigmoid(neg(x))), mul(rest, sigmoid(x)));
      const ce = add(mul(y, softplus(neg(x))), mul(rest, softplus(x)));
      return o.div(ce, o.pow(miss, gamma));
    }),
  ),
  saboteur(
    'p_t^γ instead of (1 − p_t)^γ',
    [
      'values.*',
      'alpha',
      'soft-labels',
      'reductions',
      'normalizers',
      'ignore',
      'weights',
      'single',
      'sizes',
      'large-sums',
      'nonfinite',
      'published',
      'random',
      'hard-examples.gradient',
      'laws.two-classes',
    ],
    withFormula((o, x, y, { gamma }) => {
      const { softplus, sigmoid, mul, add, sub, neg } = o;
      const rest = sub(o.constant(1), y);
      const hit = add(mul(y, sigmoid(x)), mul(rest, sigmoid(neg(x))));
      const ce = add(mul(y, softplus(neg(x))), mul(rest, softplus(x)));
      return mul(o.pow(hit, gamma), ce);
    }),
  ),
  saboteur(
    'float16 inside',
    [
      'values.tiny',
      'values.ordinary',
      'values.saturated',
      'values.huge',
      'alpha',
      'soft-labels',
      'reductions',
      'normalizers',
      'ignore',
      'weights',
      'single',
      'sizes',
      'large-sums',
      'nonfinite',
      'published',
      'random',
      'laws.gamma-zero',
      'laws.two-classes',
      'laws.gradient',
    ],
    byHand((x, y, gamma) => {
      const half = (a: number) => round(a, 'float16');
      const z = (2 * y - 1) * x;
      const modulator = half(half(sigmoid(-z)) ** gamma);
      const slope = gamma * half(sigmoid(z)) * softplus(-z) + half(sigmoid(-z)) ** (gamma === 0 ? 1 : 0);
      return { value: modulator * half(softplus(-z)), tangent: -(2 * y - 1) * modulator * slope };
    }),
    { dtype: 'float32' },
  ),
  saboteur(
    'β of FL* forgotten',
    [
      'values.tiny',
      'values.ordinary',
      'values.saturated',
      'values.extreme',
      'alpha',
      'soft-labels',
      'softmax.*',
      'nonfinite',
      'published',
      'random',
      'many-classes',
    ],
    withLoss(({ name, params }) => (name.endsWith('FocalStar') ? { params: { ...params, beta: 0 } } : {})),
  ),
];
