/**
 * The model of both detectors: a perceptron with two inputs, sixteen hidden units and one logit, written out on typed
 * arrays. A hidden unit answers s/(1 + |s|): smooth, cheap, and the same on every machine, which tanh is not.
 */
import { normals, randoms } from '../random.ts';

export const hidden = 16;

/** Where parameters lie: for each hidden unit the weights of x and y and a bias; then the weights of the logit; its bias. */
export const outputs = 3 * hidden;
export const bias = outputs + hidden;
export const size = bias + 1;

/**
 * A model that has learnt nothing.
 *
 * @param logit The bias of the logit: what it says of every point, more or less, before the first step.
 */
export function create(seed: number, logit: number): Float32Array {
  const normal = normals(randoms(seed));
  const weights = new Float32Array(size);
  // Wide enough that the bends of the hidden units lie all over the square.
  for (let i = 0; i < outputs; i++) weights[i] = 2.5 * normal();
  for (let i = outputs; i < bias; i++) weights[i] = 0.1 * normal();
  weights[bias] = logit;
  return weights;
}

/** The logit of one place. */
export function logitAt(weights: Float32Array, x: number, y: number): number {
  let logit = weights[bias];
  for (let unit = 0; unit < hidden; unit++) {
    const s = weights[3 * unit] * x + weights[3 * unit + 1] * y + weights[3 * unit + 2];
    logit += (weights[outputs + unit] * s) / (1 + Math.abs(s));
  }
  return logit;
}

/** The logit of each point. Unit by unit, so that a unit's parameters are at hand for all points. */
export function forward(weights: Float32Array, at: Float32Array, logits: Float32Array): void {
  logits.fill(weights[bias]);
  for (let unit = 0; unit < hidden; unit++) {
    const a = weights[3 * unit];
    const b = weights[3 * unit + 1];
    const c = weights[3 * unit + 2];
    const out = weights[outputs + unit];
    for (let i = 0; i < logits.length; i++) {
      const s = a * at[2 * i] + b * at[2 * i + 1] + c;
      logits[i] += (out * s) / (1 + Math.abs(s));
    }
  }
}

/**
 * The slope of every parameter, from the slopes of the logits: those are all that training needs of a loss.
 *
 * @param slopes ∂loss/∂logit of each point, as the adapter computed them.
 */
export function backward(weights: Float32Array, at: Float32Array, slopes: Float32Array, into: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < slopes.length; i++) sum += slopes[i];
  into[bias] = sum;
  for (let unit = 0; unit < hidden; unit++) {
    const a = weights[3 * unit];
    const b = weights[3 * unit + 1];
    const c = weights[3 * unit + 2];
    const out = weights[outputs + unit];
    let [sumOut, sumA, sumB, sumC] = [0, 0, 0, 0];
    for (let i = 0; i < slopes.length; i++) {
      const x = at[2 * i];
      const y = at[2 * i + 1];
      const s = a * x + b * y + c;
      const inverse = 1 / (1 + Math.abs(s));
      sumOut += slopes[i] * s * inverse;
      // The derivative of s/(1 + |s|) is 1/(1 + |s|)².
      const inner = slopes[i] * inverse * inverse;
      sumA += inner * x;
      sumB += inner * y;
      sumC += inner;
    }
    into[outputs + unit] = sumOut;
    into[3 * unit] = out * sumA;
    into[3 * unit + 1] = out * sumB;
    into[3 * unit + 2] = out * sumC;
  }
}
