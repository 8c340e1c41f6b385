import type { Rival } from './rival.ts';

/** What a careful person writes by hand: loss, gradient and sum in one loop, exact in both tails. */
export const fused: Rival = {
  name: 'loop fused by hand',
  prepare({ link, gamma, wantGrad }, { logits, targets, classes }) {
    const grad = wantGrad ? new Float32Array(logits.length) : undefined;
    const run = link === 'sigmoid' ? sigmoid : softmax;
    return { run: () => ({ value: run(logits, targets, classes, gamma, grad), grad }) };
  },
};

type Loop = (
  x: Float32Array,
  y: ArrayLike<number>,
  classes: number,
  gamma: number,
  grad: Float32Array | undefined,
) => number;

const sigmoid: Loop = (x, y, _, gamma, grad) => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const xi = x[i];
    const yi = y[i];
    const e = Math.exp(-Math.abs(xi));
    const log1pE = Math.log1p(e);
    const big = 1 / (1 + e);
    const p = xi < 0 ? e * big : big;
    const q = xi < 0 ? big : e * big;
    const ce = yi * (Math.max(-xi, 0) + log1pE) + (1 - yi) * (Math.max(xi, 0) + log1pE);
    const miss = yi * q + (1 - yi) * p;
    const power = gamma === 2 ? miss * miss : miss ** gamma;
    sum += power * ce;
    if (grad === undefined) continue;
    const slope = gamma === 2 ? 2 * miss : (gamma * power) / Math.max(miss, Number.MIN_VALUE);
    grad[i] = slope * (1 - 2 * yi) * p * q * ce + power * (p - yi);
  }
  return sum;
};

const softmax: Loop = (x, y, classes, gamma, grad) => {
  let sum = 0;
  const exps = new Float64Array(classes);
  for (let from = 0, row = 0; from < x.length; from += classes, row++) {
    const label = y[row];
    let max = -Infinity;
    for (let j = 0; j < classes; j++) if (x[from + j] > max) max = x[from + j];
    let others = 0;
    for (let j = 0; j < classes; j++) {
      exps[j] = Math.exp(x[from + j] - max);
      if (j !== label) others += exps[j];
    }
    const total = others + exps[label];
    const p = exps[label] / total;
    const miss = others / total;
    const ce = Math.log(total) - (x[from + label] - max);
    const power = gamma === 2 ? miss * miss : miss ** gamma;
    sum += power * ce;
    if (grad === undefined) continue;
    // Of the label; the other classes share its opposite by their part in `others`.
    const slope = -power * (miss + gamma * p * ce);
    const share = -slope / others;
    for (let j = 0; j < classes; j++) grad[from + j] = exps[j] * share;
    grad[from + label] = slope;
  }
  return sum;
};
