import { sigmoidFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { buildModel, compile } from '../src/index.ts';
import { generator, normal, type Racer, race, ratio, sessionOptions } from './race.ts';
import { torchvision } from './torchvision.ts';

const n = 1_000_000;
const chunk = 2 ** 16;
const loss = sigmoidFocal({ gamma: 2, alpha: 0.25 });

/** 1 % positives, logits normal around −3 and 2: a half-trained detector. */
const random = generator();
const targets = Float32Array.from({ length: n }, () => (random() < 0.01 ? 1 : 0));
const logits = targets.map((y) => (y === 1 ? 2 : -3) + 2 * normal(random));

const place = new Float32Array(n);

const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), []);
const part = (from: number, to: number) => ({
  logits: new ort.Tensor('float32', logits.subarray(from, to), [to - from]),
  targets: new ort.Tensor('float32', targets.subarray(from, to), [to - from]),
});

/** A model run over everything, `size` logits at a time. */
async function inParts(
  name: string,
  model: Uint8Array,
  size: number,
  more: Record<string, ort.Tensor> = {},
): Promise<Racer> {
  const session = await ort.InferenceSession.create(model, sessionOptions);
  return {
    name,
    async run() {
      for (let from = 0; from < n; from += size)
        await session.run({ ...part(from, Math.min(n, from + size)), ...more });
    },
  };
}

/**
 * Sigmoid focal loss: our graph against torchvision's, each as one session run, and what `compile` adds to its sessions.
 *
 * @returns A table of times as multiples of the first.
 */
export async function sigmoid(rounds: number): Promise<string[][]> {
  const lines: string[][] = [["processor time, times torchvision's graph", 'value', 'value and gradient']];
  for (const grad of [false, true]) {
    const run = await compile(loss, { runtime: ort, sessionOptions });
    const inside = { normalizer: true, checked: false, accumulate: 'float64' } as const;
    const count = grad ? { count: scalar(n) } : {};
    const racers: Racer[] = [
      await inParts("torchvision's graph", torchvision(2, grad), n, count),
      await inParts('our graph', buildModel(loss, { grad }), n),
      await inParts('our graph, `checked: false`', buildModel(loss, { grad, checked: false }), n),
      await inParts("torchvision's graph, in chunks of 65,536", torchvision(2, grad), chunk, count),
      await inParts('our graph, in chunks', buildModel(loss, { grad }), chunk),
      await inParts('the graph of `compile`, in chunks', buildModel(loss, { grad, ...inside }), chunk, {
        normalizer: scalar(n),
      }),
      {
        name: '`compile(…)`',
        run: () => (grad ? run.valueAndGrad(logits, targets, { grad: place }) : run.value(logits, targets)),
      },
    ];
    const times = await race(racers, rounds);
    for (const [i, { name }] of racers.entries()) {
      lines[i + 1] ??= [name];
      lines[i + 1].push(ratio(times, i, 0).toFixed(2));
    }
    await run.dispose();
  }
  return lines;
}
