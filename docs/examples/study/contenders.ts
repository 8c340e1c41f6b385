/** What is compared, and from where the settings of each are drawn. */
import { asymmetric, type Loss, sigmoidCrossEntropy, sigmoidFocal } from '@focal-loss/core';
import { random } from '../../../packages/tfjs/example/scenes.ts';

/** Numbers in [0, 1), one for each setting that any loss has: trial i has the same learning rate and π under every loss. */
export interface Draw {
  readonly rate: number;
  readonly pi: number;
  readonly gamma: number;
  readonly odds: number;
  readonly gammaPositive: number;
  readonly margin: number;
}

export interface Config {
  readonly loss: Loss;
  readonly rate: number;
  readonly pi: number;
}

export type Name = 'cross-entropy' | 'α-balanced' | 'focal' | 'focal with α' | 'asymmetric';

const logUniform = (u: number, from: number, to: number) => round(from * (to / from) ** u);
const round = (value: number) => Number(value.toPrecision(4));

const gamma = ({ gamma }: Draw) => logUniform(gamma, 0.5, 5);
/** α from the factor α/(1−α) that positives gain over negatives: from 0.2 to 100. */
const alpha = ({ odds }: Draw) => round(1 / (1 + 1 / logUniform(odds, 0.2, 100)));

/** Each divides by the number of windows. */
export const contenders: Readonly<Record<Name, (draw: Draw) => Loss>> = {
  'cross-entropy': () => sigmoidCrossEntropy(),
  'α-balanced': (draw) => sigmoidCrossEntropy({ alpha: alpha(draw) }),
  focal: (draw) => sigmoidFocal({ gamma: gamma(draw) }),
  'focal with α': (draw) => sigmoidFocal({ gamma: gamma(draw), alpha: alpha(draw) }),
  asymmetric: (draw) =>
    asymmetric({
      gammaPositive: round(2 * draw.gammaPositive),
      gammaNegative: gamma(draw),
      margin: round(0.1 * draw.margin),
    }),
};
export const names = Object.keys(contenders) as Name[];

/** The draw of trial `trial`. */
export function drawOf(trial: number): Draw {
  const next = random(7919 * (trial + 1));
  const [rate, pi, gamma, odds, gammaPositive, margin] = Array.from({ length: 6 }, next);
  return { rate, pi, gamma, odds, gammaPositive, margin };
}

/** Learning rates that are drawn, of losses that are means over all windows: with plain gradient descent they are large. */
const rates = { sgd: [0.5, 100], adam: [1e-3, 1e-1] } as const;

export const configOf = (name: Name, optimizer: keyof typeof rates, draw: Draw): Config => ({
  loss: contenders[name](draw),
  rate: logUniform(draw.rate, rates[optimizer][0], rates[optimizer][1]),
  pi: logUniform(draw.pi, 1e-4, 0.5),
});

/** What cross-entropy is swapped for: the paper's focal loss. */
export const paper = sigmoidFocal({ gamma: 2, alpha: 0.25 });
