/** A small network on plain typed arrays: one hidden layer of rectified units and one logit, trained by Adam. */
import type { Loss } from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';
import { type Examples, INPUTS as inputs, shuffled } from './digits.ts';

// Test runners look an import up at each use, and the inner loops use this one.
const INPUTS = inputs;

export interface Plan {
  readonly hidden: number;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
}

export interface Model {
  readonly hidden: number;
  /** The weights of the hidden units, their biases, the weights of the logit, its bias. */
  readonly parameters: Float64Array;
}

/** Weights as He et al. 2015 draw them, biases of 0. */
function newModel(hidden: number, next: () => number): Model {
  const parameters = new Float64Array(hidden * (INPUTS + 2) + 1);
  const drawn = (from: number) => (2 * next() - 1) * Math.sqrt(6 / from);
  for (let i = 0; i < hidden * INPUTS; i++) parameters[i] = drawn(INPUTS);
  for (let i = hidden * (INPUTS + 1); i < parameters.length - 1; i++) parameters[i] = drawn(hidden);
  return { hidden, parameters };
}

/** The logit of image `i`. What the hidden units said is left in `units`. */
function logitOf({ hidden, parameters }: Model, images: Float64Array, i: number, units: Float64Array): number {
  const biases = hidden * INPUTS;
  const out = biases + hidden;
  let logit = parameters[out + hidden];
  for (let h = 0; h < hidden; h++) {
    let unit = parameters[biases + h];
    for (let k = 0, w = h * INPUTS, x = i * INPUTS; k < INPUTS; k++) unit += parameters[w++] * images[x++];
    units[h] = Math.max(unit, 0);
    logit += parameters[out + h] * units[h];
  }
  return logit;
}

export function logitsOf(model: Model, { images, labels }: Examples): Float64Array {
  const units = new Float64Array(model.hidden);
  return Float64Array.from(labels, (_, i) => logitOf(model, images, i, units));
}

/** Adds an image's share to `gradient`: `slope` is that of its logit. */
function addGradient(
  gradient: Float64Array,
  { hidden, parameters }: Model,
  images: Float64Array,
  i: number,
  units: Float64Array,
  slope: number,
): void {
  const biases = hidden * INPUTS;
  const out = biases + hidden;
  gradient[out + hidden] += slope;
  for (let h = 0; h < hidden; h++) {
    if (units[h] === 0) continue;
    gradient[out + h] += slope * units[h];
    const own = slope * parameters[out + h];
    gradient[biases + h] += own;
    for (let k = 0, w = h * INPUTS, x = i * INPUTS; k < INPUTS; k++) gradient[w++] += own * images[x++];
  }
}

/**
 * Trains with any loss of sigmoids, and shows the model after each epoch. All that is random comes from `next`; the loss is computed in
 * float64 by the JavaScript kernels, so that its figures do not depend on the processor.
 */
export function train(
  loss: Loss,
  { images, labels }: Examples,
  plan: Plan,
  next: () => number,
  see: (model: Model, epoch: number) => void,
): void {
  const model = newModel(plan.hidden, next);
  const run = compile(loss, { engine: 'javascript' });
  const step = adam(model.parameters, plan.rate);
  const gradient = new Float64Array(model.parameters.length);
  const units = Array.from({ length: plan.batch }, () => new Float64Array(plan.hidden));
  for (let epoch = 1; epoch <= plan.epochs; epoch++) {
    const order = shuffled(labels.length, next);
    for (let from = 0; from < order.length; from += plan.batch) {
      const batch = order.subarray(from, from + plan.batch);
      const logits = Float64Array.from(batch, (i, k) => logitOf(model, images, i, units[k]));
      const { grad } = run.valueAndGrad(
        logits,
        batch.map((i) => labels[i]),
      );
      gradient.fill(0);
      batch.forEach((i, k) => {
        addGradient(gradient, model, images, i, units[k], grad[k]);
      });
      step(gradient);
    }
    see(model, epoch);
  }
}

/** Adam, Kingma and Ba 2015, with the paper's constants. */
function adam(parameters: Float64Array, rate: number): (gradient: Float64Array) => void {
  const [mean, square] = [new Float64Array(parameters.length), new Float64Array(parameters.length)];
  let [one, two] = [1, 1];
  return (gradient) => {
    one *= 0.9;
    two *= 0.999;
    for (let i = 0; i < parameters.length; i++) {
      mean[i] += 0.1 * (gradient[i] - mean[i]);
      square[i] += 0.001 * (gradient[i] ** 2 - square[i]);
      parameters[i] -= (rate * (mean[i] / (1 - one))) / (Math.sqrt(square[i] / (1 - two)) + 1e-8);
    }
  };
}
