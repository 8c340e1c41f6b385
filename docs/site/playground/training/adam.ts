/**
 * Adam, which takes steps of about the same length whatever a gradient's size: two losses of very different size can be
 * compared at one rate. Kingma and Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, algorithm 1.
 */
export const rate = 0.05;
export const decay = { mean: 0.9, square: 0.999 } as const;
export const epsilon = 1e-8;

/** What Adam remembers of the gradients so far. */
export interface Moments {
  readonly mean: Float32Array;
  readonly square: Float32Array;
  steps: number;
}

export const moments = (size: number): Moments => ({
  mean: new Float32Array(size),
  square: new Float32Array(size),
  steps: 0,
});

/** One step down. */
export function descend(weights: Float32Array, slopes: ArrayLike<number>, past: Moments): void {
  const { mean, square } = past;
  past.steps++;
  const unbiased = { mean: 1 - decay.mean ** past.steps, square: 1 - decay.square ** past.steps };
  for (let i = 0; i < weights.length; i++) {
    mean[i] = decay.mean * mean[i] + (1 - decay.mean) * slopes[i];
    square[i] = decay.square * square[i] + (1 - decay.square) * slopes[i] * slopes[i];
    weights[i] -= (rate * mean[i]) / unbiased.mean / (Math.sqrt(square[i] / unbiased.square) + epsilon);
  }
}
