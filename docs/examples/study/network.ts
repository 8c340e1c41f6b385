/** A small network on plain typed arrays: one hidden layer of rectified units and one logit for each window. */
import { type Loss, priorBias } from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';
import { INPUTS as inputs, type Windows } from './windows.ts';

// Test runners look an import up at each use, and the inner loops use this one.
const INPUTS = inputs;

/** What is trained on: the windows of all, and which of them with which label. */
export interface Task {
  readonly windows: Windows;
  /** Places of windows. */
  readonly members: Uint32Array;
  /** Of each window: 1 or 0. */
  readonly labels: Uint8Array;
}

export interface Training {
  readonly loss: Loss;
  readonly optimizer: 'adam' | 'sgd';
  /** The learning rate at the start; it falls to 0 in a straight line. */
  readonly rate: number;
  /** The probability that a new model gives to every window. */
  readonly pi: number;
  /** Units of the hidden layer, a multiple of four. */
  readonly hidden: number;
  readonly steps: number;
  readonly batch: number;
}

export interface Network {
  readonly hidden: number;
  /** Weights [input][unit], biases [unit], weights of the logit [unit], its bias. */
  readonly parameters: Float64Array;
}

/** Hidden weights as He et al. 2015 draw them, and small ones behind: at the start the bias decides. */
function newNetwork(hidden: number, pi: number, next: () => number): Network {
  const parameters = new Float64Array(hidden * (INPUTS + 2) + 1);
  const drawn = (from: number) => (2 * next() - 1) * Math.sqrt(6 / from);
  for (let i = 0; i < hidden * INPUTS; i++) parameters[i] = drawn(INPUTS);
  for (let i = hidden * (INPUTS + 1); i < parameters.length - 1; i++) parameters[i] = 0.1 * drawn(hidden);
  parameters[parameters.length - 1] = priorBias(pi);
  return { hidden, parameters };
}

/** The logit of window `i`. What the hidden units say is left in `units` from `at` on. Units go by fours, which stay in registers. */
function logitOf(
  { hidden, parameters }: Network,
  windows: Windows,
  i: number,
  units: Float64Array,
  at: number,
): number {
  const { starts, inputs, values } = windows;
  const biases = hidden * INPUTS;
  const out = biases + hidden;
  const [from, to] = [starts[i], starts[i + 1]];
  let logit = parameters[out + hidden];
  for (let h = 0; h < hidden; h += 4) {
    let a = parameters[biases + h];
    let b = parameters[biases + h + 1];
    let c = parameters[biases + h + 2];
    let d = parameters[biases + h + 3];
    for (let k = from; k < to; k++) {
      const value = values[k];
      const w = inputs[k] * hidden + h;
      a += value * parameters[w];
      b += value * parameters[w + 1];
      c += value * parameters[w + 2];
      d += value * parameters[w + 3];
    }
    units[at + h] = a > 0 ? a : 0;
    units[at + h + 1] = b > 0 ? b : 0;
    units[at + h + 2] = c > 0 ? c : 0;
    units[at + h + 3] = d > 0 ? d : 0;
    for (let j = h; j < h + 4; j++) logit += parameters[out + j] * units[at + j];
  }
  return logit;
}

export function logitsOf(network: Network, windows: Windows): Float64Array {
  const units = new Float64Array(network.hidden);
  const logits = new Float64Array(windows.starts.length - 1);
  for (let i = 0; i < logits.length; i++) logits[i] = logitOf(network, windows, i, units, 0);
  return logits;
}

/** Adds a window's share to `gradient`: `slope` is that of its logit. `own` is room for a number a unit. */
function addGradient(
  gradient: Float64Array,
  { hidden, parameters }: Network,
  { starts, inputs, values }: Windows,
  i: number,
  units: Float64Array,
  at: number,
  slope: number,
  own: Float64Array,
): void {
  const biases = hidden * INPUTS;
  const out = biases + hidden;
  gradient[out + hidden] += slope;
  for (let h = 0; h < hidden; h++) {
    const unit = units[at + h];
    own[h] = unit > 0 ? slope * parameters[out + h] : 0;
    gradient[out + h] += slope * unit;
    gradient[biases + h] += own[h];
  }
  for (let k = starts[i]; k < starts[i + 1]; k++) {
    const value = values[k];
    const from = inputs[k] * hidden;
    for (let h = 0; h < hidden; h++) gradient[from + h] += value * own[h];
  }
}

/** A trained network. All that is random comes from `next`: the first weights, then the order of the windows. */
export function train(task: Task, training: Training, next: () => number): Network {
  const { loss, rate, steps, batch, hidden } = training;
  const { windows, members, labels } = task;
  const network = newNetwork(hidden, training.pi, next);
  // In float64 by the JavaScript kernels, so that the figures do not depend on the processor.
  const run = compile(loss, { engine: 'javascript' });
  const step = { adam, sgd }[training.optimizer](network.parameters);
  const order = members.slice();
  let left = 0;
  const [logits, targets, grad] = [new Float64Array(batch), new Float64Array(batch), new Float64Array(batch)];
  const [units, own] = [new Float64Array(batch * hidden), new Float64Array(hidden)];
  const gradient = new Float64Array(network.parameters.length);
  const chosen = new Uint32Array(batch);
  for (let done = 0; done < steps; done++) {
    for (let k = 0; k < batch; k++) {
      // Without replacement, from the beginning again after the last one (Fisher and Yates).
      if (left === 0) left = order.length;
      const j = Math.floor(next() * left);
      left--;
      const i = order[j];
      order[j] = order[left];
      order[left] = i;
      chosen[k] = i;
      logits[k] = logitOf(network, windows, i, units, k * hidden);
      targets[k] = labels[i];
    }
    run.valueAndGrad(logits, targets, { grad });
    gradient.fill(0);
    for (let k = 0; k < batch; k++) addGradient(gradient, network, windows, chosen[k], units, k * hidden, grad[k], own);
    step(gradient, rate * (1 - done / steps));
  }
  return network;
}

type Step = (gradient: Float64Array, rate: number) => void;

/** Adam, Kingma and Ba 2015, with the paper's constants. */
function adam(parameters: Float64Array): Step {
  const [mean, square] = [new Float64Array(parameters.length), new Float64Array(parameters.length)];
  let [one, two] = [1, 1];
  return (gradient, rate) => {
    one *= 0.9;
    two *= 0.999;
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i];
      mean[i] += 0.1 * (g - mean[i]);
      square[i] += 0.001 * (g * g - square[i]);
      parameters[i] -= (rate * (mean[i] / (1 - one))) / (Math.sqrt(square[i] / (1 - two)) + 1e-8);
    }
  };
}

/** Stochastic gradient descent with a momentum of 0.9, as the paper trains. */
function sgd(parameters: Float64Array): Step {
  const velocity = new Float64Array(parameters.length);
  return (gradient, rate) => {
    for (let i = 0; i < parameters.length; i++) {
      velocity[i] = 0.9 * velocity[i] + gradient[i];
      parameters[i] -= rate * velocity[i];
    }
  };
}
