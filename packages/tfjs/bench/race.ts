import { type Derivative, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import * as tf from '@tensorflow/tfjs-core';

/** What is timed. */
export interface Scenario {
  readonly link: 'sigmoid' | 'softmax';
  readonly wants: readonly Derivative[];
}

/** Milliseconds a call, medians over rounds. */
export interface Times {
  readonly ours: number;
  readonly byHand: number;
  /** How many times as long the hand-composed loss takes: the median of the rounds' own ratios. */
  readonly ratio: number;
}

const CLASSES = 64;

/** As `tf.losses.sigmoidCrossEntropy` is composed, with the modulating factor. */
function sigmoidByHand(y: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const p = tf.sigmoid(x);
  const ce = tf.add(tf.sub(tf.relu(x), tf.mul(x, y)), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
  const hit = tf.add(tf.mul(p, y), tf.mul(tf.sub(1, p), tf.sub(1, y)));
  return tf.mean(tf.mul(tf.pow(tf.sub(1, hit), 2), ce));
}

function softmaxByHand(classes: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const log = tf.sum(tf.mul(tf.logSoftmax(x), tf.oneHot(classes as tf.Tensor1D, CLASSES)), 1);
  return tf.neg(tf.mean(tf.mul(tf.pow(tf.sub(1, tf.exp(log)), 2), log)));
}

/** Times value, or value and gradient, of `size` logits on a backend, one after the other in each round. */
export async function race(backend: string, { link, wants }: Scenario, size: number, rounds: number): Promise<Times> {
  await tf.setBackend(backend);
  const sigmoid = link === 'sigmoid';
  const numbers = Float32Array.from({ length: size }, (_, i) => 6 * Math.sin(i * 12.9898));
  const x = sigmoid ? tf.tensor1d(numbers) : tf.tensor2d(numbers, [size / CLASSES, CLASSES]);
  const y = sigmoid
    ? tf.tensor1d(numbers.map((_, i) => Number(i % 7 === 0)))
    : tf.tensor1d(Int32Array.from({ length: size / CLASSES }, (_, i) => (i * 31) % CLASSES));
  const run = compile(sigmoid ? sigmoidFocal() : softmaxFocal());
  const losses = {
    ours: (x: tf.Tensor) => run(y, x),
    byHand: (x: tf.Tensor) => (sigmoid ? sigmoidByHand : softmaxByHand)(y, x),
  };

  /** One call, waited for: on a GPU until its last result can be read. */
  async function call(loss: (x: tf.Tensor) => tf.Tensor): Promise<{ ms: number; value: number }> {
    const start = performance.now();
    const [value, last] = tf.tidy(() => {
      if (!wants.includes('grad')) return [loss(x), tf.scalar(0)];
      const both = tf.valueAndGrad(loss)(x);
      return [both.value, tf.slice(tf.reshape(both.grad, [size]), 0, 1)];
    });
    const [number] = await value.data();
    await last.data();
    const ms = performance.now() - start;
    tf.dispose([value, last]);
    return { ms, value: number };
  }

  const times = { ours: [] as number[], byHand: [] as number[] };
  for (let round = -1; round < rounds; round++) {
    const ours = await call(losses.ours);
    const byHand = await call(losses.byHand);
    if (!(Math.abs(ours.value / byHand.value - 1) < 1e-3))
      throw new Error(`${backend}: ${ours.value} is not ${byHand.value}`);
    if (round < 0) continue;
    times.ours.push(ours.ms);
    times.byHand.push(byHand.ms);
  }
  tf.dispose([x, y]);
  return {
    ours: median(times.ours),
    byHand: median(times.byHand),
    ratio: median(times.ours.map((ms, i) => times.byHand[i] / ms)),
  };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}
