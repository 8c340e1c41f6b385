import { type Loss, sigmoidCrossEntropy, sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import { priorBiasInitializer } from '@focal-loss/tfjs/layers';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { averagePrecision } from './averagePrecision.ts';
import { CELLS, IGNORED, INPUTS, random, type Scenes } from './scenes.ts';

/** What is compared: a loss, and whether the last bias says "background" from the start. */
export interface Contender {
  readonly name: string;
  readonly loss: Loss;
  readonly prior: boolean;
}

/** All divide by the number of objects in the batch, as the paper does; α as its tables 1a and 1b find best. */
const common = { ignoreIndex: IGNORED, normalizer: 'positives' } as const;
const crossEntropy = sigmoidCrossEntropy(common);
const focal = sigmoidFocal({ gamma: 2, alpha: 0.25, ...common });

export const contenders: readonly Contender[] = [
  { name: 'focal, γ = 2, α = 0.25', loss: focal, prior: true },
  { name: 'cross-entropy', loss: crossEntropy, prior: true },
  { name: 'α-balanced, α = 0.75', loss: sigmoidCrossEntropy({ alpha: 0.75, ...common }), prior: true },
  { name: 'focal, no prior bias', loss: focal, prior: false },
  { name: 'cross-entropy, no prior bias', loss: crossEntropy, prior: false },
];

/** How long and on what is trained. */
export interface Plan {
  readonly steps: number;
  /** Steps between two points of the learning curve. */
  readonly every: number;
  /** Scenes of a batch. */
  readonly batch: number;
}

/** Average precision on the test scenes after each {@link Plan.every} steps. */
export type Curve = { readonly step: number; readonly averagePrecision: number }[];

/** A network that looks at one window at a time: whether an object is centred in it, as a logit. */
function network(prior: boolean, seed: number): layers.Sequential {
  const dense = (units: number, salt: number, more: object) =>
    layers.layers.dense({
      units,
      kernelInitializer: layers.initializers.heNormal({ seed: 10 * seed + salt }),
      ...more,
    });
  return layers.sequential({
    layers: [
      dense(32, 1, { inputShape: [INPUTS], activation: 'relu' }),
      dense(16, 2, { activation: 'relu' }),
      layers.layers.dense({
        units: 1,
        kernelInitializer: layers.initializers.randomNormal({ stddev: 0.01, seed: 10 * seed + 3 }),
        biasInitializer: prior ? priorBiasInitializer({ pi: 0.01 }) : 'zeros',
      }),
    ],
  });
}

/** Trains one network, and measures it on the way. The seed says which weights it begins with and which scenes come when. */
export async function train(
  { loss, prior }: Contender,
  seed: number,
  scenes: Scenes,
  test: Scenes,
  { steps, every, batch }: Plan,
  onStep: () => void = () => {},
): Promise<Curve> {
  const model = network(prior, seed);
  const optimizer = tf.train.adam(0.002);
  model.compile({ optimizer, loss: compile(loss) });
  const testWindows = tf.tensor2d(test.windows, [test.labels.length, INPUTS]);
  const next = random(seed);
  const count = scenes.labels.length / CELLS;
  const curve: Curve = [];
  for (let step = 1; step <= steps; step++) {
    const chosen = Array.from({ length: batch }, () => Math.floor(next() * count));
    const rows = batch * CELLS;
    const windows = new Float32Array(rows * INPUTS);
    const labels = new Float32Array(rows);
    chosen.forEach((scene, i) => {
      const size = CELLS * INPUTS;
      windows.set(scenes.windows.subarray(scene * size, (scene + 1) * size), i * size);
      labels.set(scenes.labels.subarray(scene * CELLS, (scene + 1) * CELLS), i * CELLS);
    });
    const [x, y] = [tf.tensor2d(windows, [rows, INPUTS]), tf.tensor2d(labels, [rows, 1])];
    await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
    onStep();
    if (step % every !== 0) continue;
    const scores = tf.tidy(() => (model.predictOnBatch(testWindows) as tf.Tensor).dataSync());
    curve.push({ step, averagePrecision: averagePrecision(scores, test.labels) });
  }
  tf.dispose(testWindows);
  model.dispose();
  optimizer.dispose();
  return curve;
}
