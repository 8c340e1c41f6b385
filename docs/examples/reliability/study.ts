/** Trains with each loss, and reads its logits in four ways. */
import {
  type Bin,
  calibrationError,
  fitTemperature,
  type Loss,
  numbers,
  posterior,
  sigmoidCrossEntropy,
  sigmoidFocal,
} from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';
import { random } from '../../../packages/tfjs/example/scenes.ts';
import { type Examples, split } from './digits.ts';
import { logitsOf, type Model, type Plan, train } from './model.ts';

export const PLAN: Plan = { hidden: 32, epochs: 200, batch: 50, rate: 0.003 };
/** Held-out images say where to stop, and the temperatures are fitted to them. */
export const SIZES = { train: 2000, heldOut: 2000, test: 6000 };
export const BINS = 15;

const crossEntropy = sigmoidCrossEntropy();

export const contenders: readonly { readonly name: string; readonly loss: Loss }[] = [
  { name: 'cross-entropy', loss: crossEntropy },
  { name: 'focal, γ = 1', loss: sigmoidFocal({ gamma: 1 }) },
  { name: 'focal, γ = 2', loss: sigmoidFocal({ gamma: 2 }) },
  { name: 'focal, γ = 3', loss: sigmoidFocal({ gamma: 3 }) },
  { name: 'focal, γ = 2, α = 0.25', loss: sigmoidFocal({ gamma: 2, alpha: 0.25 }) },
];

/** The four ways to read a logit, and what they are called. */
export const readings = {
  sigma: 'σ(x)',
  posterior: 'posterior(x)',
  sigmaT: 'σ(x / T)',
  posteriorT: 'posterior(x / T)',
} as const;
export type Reading = keyof typeof readings;

export interface Figures {
  readonly ece: number;
  readonly brier: number;
  /** Mean negative log-likelihood. */
  readonly nll: number;
  readonly bins: readonly Bin[];
}

/** What a model's logits are worth at one moment of its training. */
export interface Measured {
  readonly epoch: number;
  /** Fitted on the held-out images, for σ(x / T) and for posterior(x / T). */
  readonly temperature: { readonly sigma: number; readonly posterior: number };
  readonly figures: Readonly<Record<Reading, Figures>>;
  /** The ECE that chance alone leaves: that of labels drawn from posterior(x / T) itself. */
  readonly chance: number;
}

interface Logits {
  readonly logits: Float64Array;
  readonly labels: Uint8Array;
}

function figuresOf(loss: Loss, { logits, labels }: Logits, t: number): Figures & { readonly eta: Float64Array } {
  // As logits, so that a probability near 1 costs what it should.
  const log = posterior(loss)(
    logits.map((x) => x / t),
    { logit: true },
  );
  const eta = Float64Array.from(log, numbers.sigmoid);
  const { ece, brier, bins } = calibrationError(eta, labels, { bins: BINS });
  const nll = labels.reduce((sum, y, i) => sum + numbers.softplus(y === 1 ? -log[i] : log[i]), 0) / labels.length;
  return { ece, brier, nll, bins, eta };
}

function measure(loss: Loss, epoch: number, heldOut: Logits, test: Logits): Measured {
  const temperature = {
    sigma: fitTemperature(crossEntropy, heldOut.logits, heldOut.labels),
    posterior: fitTemperature(loss, heldOut.logits, heldOut.labels),
  };
  const figures = {
    sigma: figuresOf(crossEntropy, test, 1),
    posterior: figuresOf(loss, test, 1),
    sigmaT: figuresOf(crossEntropy, test, temperature.sigma),
    posteriorT: figuresOf(loss, test, temperature.posterior),
  };
  const next = random(epoch);
  const draws = Array.from({ length: 20 }, () => {
    const { eta } = figures.posteriorT;
    return calibrationError(
      eta,
      eta.map((p) => Number(next() < p)),
      { bins: BINS },
    ).ece;
  });
  return { epoch, temperature, figures, chance: draws.reduce((sum, ece) => sum + ece, 0) / draws.length };
}

export interface Run {
  /** At the epoch after which the loss that is trained was least on the held-out images. */
  readonly stopped: Measured;
  /** After the last epoch. */
  readonly end: Measured;
  readonly curve: readonly Measured[];
}

export interface RunOptions {
  /** With fewer epochs it is the beginning of the same training. */
  readonly plan?: Plan;
  readonly sizes?: typeof SIZES;
  /** Epochs from one point of the curve to the next. */
  readonly every?: number;
}

/** One training. The seed decides the split of the images, the first weights and the order of the batches, the same for all losses. */
export function runOf(
  loss: Loss,
  images: Examples,
  seed: number,
  { plan = PLAN, sizes = SIZES, every = 10 }: RunOptions = {},
): Run {
  const next = random(seed);
  const { train: training, heldOut, test } = split(images, sizes, next);
  const judge = compile(loss, { engine: 'javascript' });
  const logits = (model: Model, examples: Examples) => ({ logits: logitsOf(model, examples), labels: examples.labels });
  const measured = (model: Model, epoch: number) => measure(loss, epoch, logits(model, heldOut), logits(model, test));
  let [least, stopped] = [Number.POSITIVE_INFINITY, 0];
  let best: Model | undefined;
  const curve: Measured[] = [];
  train(loss, training, plan, next, (model, epoch) => {
    const now = judge.value(logitsOf(model, heldOut), heldOut.labels) as number;
    if (now < least) {
      [least, stopped] = [now, epoch];
      best = { ...model, parameters: model.parameters.slice() };
    }
    if (epoch % every === 0 || epoch === plan.epochs) curve.push(measured(model, epoch));
  });
  return { stopped: measured(best as Model, stopped), end: curve.at(-1) as Measured, curve };
}
