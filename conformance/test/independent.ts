/**
 * A correct backend that shares nothing with core: branches and guards instead of an algebra. If it fails, it is the
 * suite that asks for core's way of being right.
 */
import { type Answer, type Call, defineBackend } from '../src/index.ts';

/** p = σ(x) and 1 − p, and minus the logarithm of both. */
function probabilities(x: number) {
  const e = Math.exp(-Math.abs(x));
  const [small, large] = [e / (1 + e), 1 / (1 + e)];
  const near = Math.log1p(e);
  const far = near + Math.abs(x);
  return x < 0 ? { p: small, q: large, costP: far, costQ: near } : { p: large, q: small, costP: near, costQ: far };
}

type Point = readonly [value: number, slope: number];

function modulated(m: number, dm: number, ce: number, dce: number, exponent: number): Point {
  const factor = exponent === 0 ? 1 : m ** exponent;
  const dfactor = exponent === 0 || m === 0 ? 0 : exponent * m ** (exponent - 1) * dm;
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

function evaluate({ loss, logits, targets, shape, weights, normalizer, grad: wanted }: Call): Answer {
  const { name, params, alpha, ignoreIndex, background, reduction } = loss;
  const classes = loss.link === 'softmax' ? shape[1] : 1;
  const value = new Float64Array(targets.length);
  const grad = new Float64Array(logits.length);
  const totals = { count: 0, positives: 0, weights: 0 };

  for (let i = 0; i < targets.length; i++) {
    const y = targets[i];
    if (y === ignoreIndex) continue;
    const w = weights?.[i] ?? 1;
    if (!(w >= 0)) throw new RangeError(`weights[${i}] is ${w}`);
    const known = classes === 1 ? y >= 0 && y <= 1 : Number.isInteger(y) && y >= 0 && y < classes;
    if (!known) throw new RangeError(`targets[${i}] is ${y}`);
    totals.count += 1;
    totals.weights += w;
    totals.positives += classes === 1 ? y : Number(y !== background);

    const row = logits.subarray(i * classes, (i + 1) * classes);
    const factor =
      w * (alpha === undefined ? 1 : typeof alpha === 'number' ? y * alpha + (1 - y) * (1 - alpha) : alpha[y]);
    if (factor === 0) continue;
    if (classes === 1) {
      const [loss, slope] = point(name, params, row[0], y);
      value[i] = factor * loss;
      grad[i] = factor * slope;
      continue;
    }
    const others = Array.from(row).map((x, j) => (j === y ? -Infinity : x));
    const max = Math.max(...others);
    const shares = others.map((x) => (x === max && x > -Infinity ? 1 : Math.exp(x - (max === -Infinity ? 0 : max))));
    const sum = shares.reduce((a, b) => a + b, 0);
    const margin = sum === 0 ? Infinity : row[y] - max - Math.log(sum);
    const [loss, slope] = point(name, params, margin, 1);
    value[i] = factor * loss;
    for (let j = 0; j < classes; j++) {
      grad[i * classes + j] = j === y ? factor * slope : sum === 0 ? 0 : (-factor * slope * shares[j]) / sum;
    }
  }

  if (reduction === 'none') return wanted ? { value, grad } : { value };
  const named = loss.normalizer === 'positives' ? Math.max(totals.positives, 1) : totals[loss.normalizer];
  const divisor = reduction === 'sum' ? 1 : (normalizer ?? named);
  const scale = divisor === 0 ? 0 : 1 / divisor;
  const reduced = divisor === 0 ? 0 : value.reduce((a, b) => a + b, 0) * scale;
  return wanted ? { value: reduced, grad: grad.map((g) => g * scale) } : { value: reduced };
}

export const independent = defineBackend({
  name: 'independent',
  dtype: 'float64',
  // Its arguments γz + β and x_t − logsumexp are rounded, and no care is taken of what that costs in the tails.
  device: 'composed',
  supports: { customLoss: false },
  largest: 1e5,
  evaluate,
});
