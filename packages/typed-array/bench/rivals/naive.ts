import type { Batch } from '../scenario.ts';
import type { Outcome, Rival } from './rival.ts';

/** What people paste: the formula as it is written, one array a step. Wrong in the tails, which are not measured here. */
export const naive: Rival = {
  name: 'naive composition',
  prepare: ({ link, gamma, wantGrad }, batch) => ({
    run: () => (link === 'sigmoid' ? sigmoid(batch, gamma, wantGrad) : softmax(batch, gamma, wantGrad)),
  }),
};

const total = (array: Float32Array) => array.reduce((sum, entry) => sum + entry, 0);

function sigmoid({ logits, targets }: Batch, gamma: number, wantGrad: boolean): Outcome {
  const p = logits.map((x) => 1 / (1 + Math.exp(-x)));
  const pt = p.map((pi, i) => targets[i] * pi + (1 - targets[i]) * (1 - pi));
  const weight = pt.map((pi) => (1 - pi) ** gamma);
  const log = pt.map((pi) => Math.log(pi));
  const value = total(weight.map((w, i) => -w * log[i]));
  if (!wantGrad) return { value };
  const slope = pt.map((pi, i) => gamma * (1 - pi) ** (gamma - 1) * log[i] - weight[i] / pi);
  return { value, grad: slope.map((s, i) => s * (2 * targets[i] - 1) * p[i] * (1 - p[i])) };
}

function softmax({ logits, targets, classes }: Batch, gamma: number, wantGrad: boolean): Outcome {
  const exps = logits.map((x) => Math.exp(x));
  const sums = Float32Array.from(targets, (_, row) => total(exps.subarray(row * classes, (row + 1) * classes)));
  const p = exps.map((e, i) => e / sums[Math.floor(i / classes)]);
  const pt = Float32Array.from(targets, (label, row) => p[row * classes + label]);
  const weight = pt.map((pi) => (1 - pi) ** gamma);
  const log = pt.map((pi) => Math.log(pi));
  const value = total(weight.map((w, i) => -w * log[i]));
  if (!wantGrad) return { value };
  const slope = pt.map((pi, i) => gamma * (1 - pi) ** (gamma - 1) * pi * log[i] - weight[i]);
  const oneHot = logits.map((_, i) => (targets[Math.floor(i / classes)] === i % classes ? 1 : 0));
  return { value, grad: p.map((pi, i) => slope[Math.floor(i / classes)] * (oneHot[i] - pi)) };
}
