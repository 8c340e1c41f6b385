/** Two detectors that learn from the same points in step: one by cross-entropy, one by the loss that was chosen. */
import type { Backend } from '@focal-loss/conformance';
import type { Loss } from '@focal-loss/core';
import { descend, moments } from './adam.ts';
import { backward, forward, size } from './perceptron.ts';
import type { Start } from './setup.ts';

/** What is drawn of one detector. */
export interface Look {
  readonly weights: Float32Array;
  /** The logits of all points and their slopes, as the latest step found them. */
  readonly logits: Float32Array;
  readonly slopes: Float32Array;
}

export interface Race {
  /** Takes at most so many steps, fewer if they take long, and says how many. */
  step(most: number): Promise<number>;
  /** How both detectors stand, in the order of the losses. */
  look(): Promise<readonly [Look, Look]>;
  dispose(): void;
}

export type Losses = readonly [reference: Loss, own: Loss];

/** Milliseconds after which a frame gets no further step, so that the page stays ready for its reader. */
export const patience = 10;

/** A race whose models live in JavaScript: the adapter gets logits and answers with their slopes. */
export function raceHere(backend: Backend, losses: Losses, { points, weights }: Start): Race {
  const { at, labels } = points;
  const array = backend.dtype === 'float64' ? Float64Array : Float32Array;
  const targets = array.from(labels);
  const racers = losses.map((loss) => ({
    loss,
    weights: weights.slice(),
    logits: new Float32Array(labels.length),
    slopes: new Float32Array(labels.length),
    gradient: new Float64Array(size),
    past: moments(size),
  }));

  async function one(racer: (typeof racers)[number]): Promise<void> {
    forward(racer.weights, at, racer.logits);
    const { grad } = await backend.evaluate({
      loss: racer.loss,
      logits: array === Float32Array ? racer.logits : array.from(racer.logits),
      targets,
      shape: [labels.length],
      wants: ['value', 'grad'],
      grad: true,
    });
    if (grad === undefined) throw new Error(`${backend.name} gave no gradient`);
    racer.slopes.set(grad);
    backward(racer.weights, at, racer.slopes, racer.gradient);
    descend(racer.weights, racer.gradient, racer.past);
  }

  return {
    async step(most) {
      const started = performance.now();
      let taken = 0;
      do {
        for (const racer of racers) await one(racer);
        taken++;
      } while (taken < most && performance.now() - started < patience);
      return taken;
    },
    look: async () => [racers[0], racers[1]],
    dispose() {},
  };
}
