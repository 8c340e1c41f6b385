import { softmaxFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { buildModel } from '../src/index.ts';
import { bare, generator, normal, race, ratio } from './race.ts';
import { torch } from './torch.ts';

const sizes = [
  [128, 80],
  [8732, 80],
  [1024, 1000],
] as const;

/**
 * Softmax focal loss, our graph against PyTorch's export, each as one session run. "Trusted": nobody looks at targets.
 *
 * @returns A table of times as multiples of PyTorch's.
 */
export async function softmax(rounds: number): Promise<string[][]> {
  const head = ['rows × classes', 'value', '`checked: false`', 'value and gradient', '`checked: false`'];
  const lines = [head, ...sizes.map((shape) => [shape.join(' × ')])];
  const loss = softmaxFocal({ gamma: 2 });
  for (const grad of [false, true]) {
    for (const [place, shape] of sizes.entries()) {
      const [rows, classes] = shape;
      const random = generator();
      const logits = Float32Array.from({ length: rows * classes }, () => 3 * normal(random));
      const targets = BigInt64Array.from({ length: rows }, () => BigInt(Math.floor(random() * classes)));
      const feeds = {
        logits: new ort.Tensor('float32', logits, shape),
        targets: new ort.Tensor('int64', targets, [rows]),
      };
      const racers = [
        await bare("PyTorch's graph", torch(2, grad, shape), feeds),
        await bare('our graph', buildModel(loss, { grad, shape }), feeds),
        await bare('our graph, targets trusted', buildModel(loss, { grad, shape, checked: false }), feeds),
      ];
      const times = await race(racers, rounds, Math.ceil(200_000 / logits.length));
      lines[place + 1].push(ratio(times, 1, 0).toFixed(2), ratio(times, 2, 0).toFixed(2));
    }
  }
  return lines;
}
