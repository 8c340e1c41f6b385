/**
 * Who takes the loss of a dense detector, and who the gradient, under cross-entropy, α-balanced cross-entropy and focal
 * loss: as rows of a table, and as a figure after the paper's Figure 4.
 */
import { readFileSync } from 'node:fs';
import { type Loss, type Reduction, type SigmoidOptions, sigmoidCrossEntropy, sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';
import { chart, type Line } from '../../figures/chart.ts';

const detections = JSON.parse(readFileSync(new URL('detections.json', import.meta.url), 'utf8'));
const { ignoreIndex, origin } = detections;
const logits = Float32Array.from(detections.logits);
const targets = Int8Array.from(detections.targets);

/** A negative that the detector is already sure of: σ(x) < 0.1. */
const EASY = Math.log(0.1 / 0.9);
const groups = {
  positive: (i: number) => targets[i] === 1,
  'easy negative': (i: number) => targets[i] === 0 && logits[i] < EASY,
  'hard negative': (i: number) => targets[i] === 0 && logits[i] >= EASY,
};

const sum = (array: Iterable<number>) => Array.from(array).reduce((total, entry) => total + entry, 0);
const share = (array: Float32Array, inGroup: (i: number) => boolean) =>
  sum(array.map((entry, i) => (inGroup(i) ? Math.abs(entry) : 0))) / sum(array.map(Math.abs));
const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;

type Make = <R extends Reduction>(options: SigmoidOptions<R>) => Loss<R>;
const losses: Record<string, Make> = {
  'cross-entropy': (options) => sigmoidCrossEntropy(options),
  'α-balanced, α = 0.75': (options) => sigmoidCrossEntropy({ alpha: 0.75, ...options }),
  'focal, γ = 0.5': (options) => sigmoidFocal({ gamma: 0.5, ...options }),
  'focal, γ = 1': (options) => sigmoidFocal({ gamma: 1, ...options }),
  'focal, γ = 2': (options) => sigmoidFocal({ gamma: 2, ...options }),
  'focal, γ = 2, α = 0.25': (options) => sigmoidFocal({ gamma: 2, alpha: 0.25, ...options }),
};

/** One row a loss. The loss per positive is what the paper trains with, §4.1. */
export const rows = Object.entries(losses).map(([loss, make]) => {
  const { value, grad } = compile(make({ ignoreIndex, reduction: 'none' })).valueAndGrad(logits, targets);
  const perPositive = compile(make({ ignoreIndex, reduction: 'mean', normalizer: 'positives' })).value(logits, targets);
  return {
    loss,
    'easy negatives, loss': percent(share(value, groups['easy negative'])),
    'easy negatives, gradient': percent(share(grad, groups['easy negative'])),
    'positives, loss': percent(share(value, groups.positive)),
    'positives, gradient': percent(share(grad, groups.positive)),
    'loss per positive': perPositive.toFixed(4),
  };
});

/** A negative's probability of the truth, p_t = σ(−x), in the steps in which it is told. */
const steps = [
  ['≥ 0.999', 0.999, 1.1],
  ['0.99–0.999', 0.99, 0.999],
  ['0.9–0.99', 0.9, 0.99],
  ['0.5–0.9', 0.5, 0.9],
  ['< 0.5', -1, 0.5],
] as const;

/** How many there are of each difficulty, and what they take of cross-entropy and of its gradient. The ignored take nothing. */
export const shareOfGroups = (() => {
  const { value, grad } = compile(sigmoidCrossEntropy({ ignoreIndex, reduction: 'none' })).valueAndGrad(
    logits,
    targets,
  );
  const row = (group: string, inGroup: (i: number) => boolean) => ({
    group,
    count: Array.from(targets.keys()).filter(inGroup).length.toLocaleString('en'),
    loss: percent(share(value, inGroup)),
    gradient: percent(share(grad, inGroup)),
  });
  const certainty = (i: number) => 1 / (1 + Math.exp(logits[i]));
  return [
    ...steps.map(([name, from, to]) => row(name, (i) => targets[i] === 0 && certainty(i) >= from && certainty(i) < to)),
    row('positives', groups.positive),
  ];
})();

/** How much of a group's loss its easiest entries make up, as the paper's Figure 4 shows it. */
function cumulative(gamma: number, inGroup: (i: number) => boolean): Line {
  const values = compile(sigmoidFocal({ gamma, ignoreIndex, reduction: 'none' })).value(logits, targets);
  const sorted = values.filter((_, i) => inGroup(i)).sort();
  const total = sum(sorted);
  let running = 0;
  const points: [number, number][] = [[0, 0]];
  sorted.forEach((value, i) => {
    running += value;
    // A thousand points draw the same line as all of them.
    const stride = Math.ceil(sorted.length / 1000);
    if (i % stride === 0 || i === sorted.length - 1) points.push([(i + 1) / sorted.length, running / total]);
  });
  return { label: `γ = ${gamma}`, points };
}

const panel = (title: string, inGroup: (i: number) => boolean) => ({
  title,
  xLabel: 'fraction of the anchors, easiest first',
  yLabel: 'share of their loss',
  lines: [0, 0.5, 1, 2].map((gamma) => cumulative(gamma, inGroup)),
});

export const figure = chart(
  'Who takes the loss of a dense detector',
  'Cumulative share of the loss over the anchors of one photograph, easiest first, for focal loss with γ from 0 to 2.',
  [panel('positives', groups.positive), panel('negatives', (i) => targets[i] === 0)],
);

const count = (name: keyof typeof groups) =>
  Array.from(targets.keys()).filter(groups[name]).length.toLocaleString('en');

export const summary = `Real input: ${origin.package} ${origin.version}, ${origin.photograph}
${targets.length.toLocaleString('en')} anchors: ${count('positive')} positive, ${count('easy negative')} easy negatives (σ(x) < 0.1), ${count('hard negative')} other negatives, the rest ignored.`;
