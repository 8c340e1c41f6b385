/**
 * A correct backend that shares nothing with core: branches and guards instead of an algebra. If it fails, it is the
 * suite that asks for core's way of being right.
 */
import { defineBackend } from '../../src/index.ts';
import { byName, type Point, reduced } from './reduced.ts';

/** p = σ(x) and 1 − p, and minus the logarithm of both. */
function probabilities(x: number) {
  const e = Math.exp(-Math.abs(x));
  const [small, large] = [e / (1 + e), 1 / (1 + e)];
  const near = Math.log1p(e);
  const far = near + Math.abs(x);
  return x < 0 ? { p: small, q: large, costP: far, costQ: near } : { p: large, q: small, costP: near, costQ: far };
}

/** Not `m ** p`: the logarithm and the product round an exponent of up to some hundreds, which the allowance has room for. */
const power = (m: number, p: number) => Math.exp(p * Math.log(m));

function modulated(m: number, dm: number, ce: number, dce: number, exponent: number): Point {
  const factor = exponent === 0 ? 1 : power(m, exponent);
  const dfactor = exponent === 0 || m === 0 ? 0 : exponent * power(m, exponent - 1) * dm;
  // At x = ±∞ the loss may be ∞ where its modulator has stopped to change.
  return [m === 0 && exponent > 0 ? 0 : factor * ce, factor * dce + (dfactor === 0 ? 0 : dfactor * ce)];
}

function focal(x: number, y: number, gamma: number): Point {
  const { p, q, costP, costQ } = probabilities(x);
  const [m, dm] = [y * q + (1 - y) * p, (1 - 2 * y) * p * q];
  return modulated(m, dm, mixCost(y, costP, costQ), (1 - y) * p - y * q, gamma);
}

function quality(x: number, y: number, beta: number): Point {
  const { p, q, costP, costQ } = probabilities(x);
  const d = y * q - (1 - y) * p;
  return modulated(Math.abs(d), -Math.sign(d) * p * q, mixCost(y, costP, costQ), (1 - y) * p - y * q, beta);
}

/** Not y·a + (1−y)·b: 0·∞ is not 0. */
const mixCost = (y: number, a: number, b: number) => (y === 1 ? a : y === 0 ? b : y * a + (1 - y) * b);

function focalStar(x: number, y: number, gamma: number, beta: number): Point {
  const side = 2 * y - 1;
  const { q, costP } = probabilities(gamma * (side === 0 ? 0 : side * x) + beta);
  return [costP / gamma, -side * q];
}

function point(name: string, params: Readonly<Record<string, number>>, x: number, y: number): Point {
  if (name.endsWith('FocalStar')) return focalStar(x, y, params.gamma, params.beta);
  return name === 'qualityFocal' ? quality(x, y, params.beta) : focal(x, y, params.gamma ?? 0);
}

export const independent = defineBackend({
  name: 'independent',
  dtype: 'float64',
  // Its arguments γz + β, x_t − logsumexp and γ·log m are rounded, and no care is taken of what that costs in the tails.
  supports: { customLoss: false, losses: byName },
  largest: 7e4,
  evaluate: reduced(({ name, params }, x, y) => point(name, params, x, y)),
});
