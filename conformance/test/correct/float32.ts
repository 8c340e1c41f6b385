/**
 * Two correct backends that round every operation to float32, of different construction.
 *
 * @module
 */
import { type Loss, numbers, type Ops, valueAndDerivative } from '@focal-loss/core';
import { defineBackend } from '../../src/index.ts';
import { byName, type Point, reduced } from './reduced.ts';

const f = Math.fround;

/** Core's formulas, over an algebra of float32. */
const ops: Ops<number> = {
  ...numbers,
  tiny: 2 ** -126,
  constant: f,
  add: (a, b) => f(a + b),
  sub: (a, b) => f(a - b),
  mul: (a, b) => f(a * b),
  div: (a, b) => f(a / b),
  exp: (a) => f(Math.exp(a)),
  log: (a) => f(Math.log(a)),
  log1p: (a) => f(Math.log1p(a)),
  // Not rounded, as affine is not: FL* divides by γ what float32 has no number for.
  softplus: (a) => Math.max(a, 0) + f(Math.log1p(f(Math.exp(-Math.abs(a))))),
  sigmoid(a) {
    const e = f(Math.exp(-Math.abs(a)));
    return f((a < 0 ? e : 1) / f(1 + e));
  },
  pow: (a, p) => f(a ** p),
};

const largest = (2 - 2 ** -23) * 2 ** 127;

type Pointwise = (loss: Loss, x: number, y: number) => Point;

/** At an infinite logit the limit, which a product of 0 and ∞ does not give: ∞ where the loss still grows there. */
const withLimits = (point: Pointwise): Pointwise => {
  return (loss, x, y) => {
    // The margin of two finite logits may be one bit too large.
    if (Math.abs(x) !== Infinity) return point(loss, Math.max(Math.min(x, largest), -largest), y);
    const far = Math.sign(x) * 2 ** 127;
    const [[value, slope], [before]] = [point(loss, far, y), point(loss, far / 2, y)];
    return [value > before ? Infinity : value, slope];
  };
};

const byAlgebra = ({ formula, params }: Loss, x: number, y: number): Point => {
  const { value, derivative } = valueAndDerivative(formula, ops, x, y, params);
  return [f(value), f(derivative)];
};

/** log(1 + e) without log1p: what 1 + e lost is put back to first order. */
function log1p(e: number): number {
  const d = f(1 + e);
  return f(f(Math.log(d)) + f(f(e - f(d - 1)) / d));
}

/** p = σ(x), 1 − p and both cross-entropies from two exponentials, as a graph without branches computes them. */
function parts(x: number) {
  const [above, below] = [Math.max(x, 0), Math.min(x, 0)];
  const [up, down] = [f(Math.exp(below)), f(Math.exp(-above))];
  const e = f(up * down);
  const d = f(1 + e);
  const l = log1p(e);
  return { p: f(up / d), q: f(down / d), positive: f(l - below), negative: f(l + above), log: l };
}

function byHand({ name, params }: Loss, x: number, y: number): Point {
  if (name.endsWith('FocalStar')) {
    const side = 2 * y - 1;
    const z = side === 0 ? 0 : side * x;
    const { gamma, beta } = params;
    const { q, log } = parts(gamma * z + beta);
    // Divided first: γz may be a number that float32 does not have.
    return [f(Math.max(-z - beta / gamma, 0) + f(log / gamma)), f(-side * q)];
  }
  const { p, q, positive, negative } = parts(x);
  const rest = f(1 - y);
  const ce = y === 1 ? positive : y === 0 ? negative : f(f(y * positive) + f(rest * negative));
  const slope = f(f(rest * p) - f(y * q));
  const quality = name === 'qualityFocal';
  const exponent = (quality ? params.beta : params.gamma) ?? 0;
  if (exponent === 0) return [ce, slope];
  const miss = quality ? Math.abs(slope) : f(f(y * q) + f(rest * p));
  if (miss === 0) return [0, 0];
  const bend = quality ? f(Math.sign(slope) * f(p * q)) : f(f(1 - 2 * y) * f(p * q));
  const modulator = f(miss ** exponent);
  const change = f(f(exponent * f(bend / miss)) * modulator);
  return [f(modulator * ce), f(f(modulator * slope) + (change === 0 ? 0 : f(change * ce)))];
}

/** float32 throughout costs digits in the tails, which is what the allowance for composed operations is for. */
const common = { dtype: 'float32', device: 'composed', largest: 7e4 } as const;

export const float32Algebra = defineBackend({
  name: 'float32 algebra',
  ...common,
  evaluate: reduced(withLimits(byAlgebra)),
});

export const float32ByHand = defineBackend({
  name: 'float32 by hand',
  ...common,
  supports: { customLoss: false, losses: byName },
  evaluate: reduced(withLimits(byHand)),
});
