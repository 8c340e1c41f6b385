/** The button that times the adapter beside a loop by hand. */
import type { Backend } from '@focal-loss/conformance';
import { sigmoidFocal } from '@focal-loss/core';
import { randoms } from './random.ts';

export const size = 2 ** 18;
const rounds = 9;

export interface Timing {
  readonly name: string;
  readonly nanoseconds: number;
  /** How many times as long as the loop by hand, within a round. */
  readonly ratio: number;
}

/** The usual formula, one element after the other: what one writes without a library. */
function loop(logits: Float32Array, targets: Float32Array, gamma: number): { value: number; grad: Float32Array } {
  const grad = new Float32Array(logits.length);
  let value = 0;
  for (let i = 0; i < logits.length; i++) {
    const y = targets[i];
    const p = 1 / (1 + Math.exp(-logits[i]));
    const hit = y === 1 ? p : 1 - p;
    const ce = -Math.log(hit);
    const modulator = (1 - hit) ** gamma;
    value += modulator * ce;
    grad[i] = (y === 1 ? -1 : 1) * modulator * (1 - hit + gamma * hit * ce);
  }
  return { value, grad };
}

/** Times both in turns. */
export async function benchmark(backend: Backend, progress: (round: number, of: number) => void): Promise<Timing[]> {
  const random = randoms();
  const logits = Float32Array.from({ length: size }, () => 12 * random() - 8);
  const targets = Float32Array.from({ length: size }, () => Number(random() < 0.05));
  const loss = sigmoidFocal({ gamma: 2, reduction: 'sum' });
  const rivals: Record<string, () => unknown> = {
    'a loop by hand': () => loop(logits, targets, 2),
    [backend.name]: () =>
      backend.evaluate({ loss, logits, targets, shape: [size], wants: ['value', 'grad'], grad: true }),
  };
  const names = Object.keys(rivals);
  const times = names.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    progress(round + 1, rounds);
    await new Promise((done) => setTimeout(done));
    for (const [i, name] of names.entries()) {
      const time = await timeOf(rivals[name]);
      // The first round warms up.
      if (round >= 0) times[i].push(time);
    }
  }
  return names.map((name, i) => ({
    name,
    nanoseconds: (median(times[i]) * 1e6) / size,
    ratio: median(times[i].map((time, round) => time / times[0][round])),
  }));
}

/** Milliseconds a call, over enough calls that a clock of a millisecond will do. */
async function timeOf(call: () => unknown): Promise<number> {
  const started = performance.now();
  let calls = 0;
  do {
    await call();
    calls++;
  } while (performance.now() - started < 20);
  return (performance.now() - started) / calls;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
