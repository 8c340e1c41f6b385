import { softmaxFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { buildModel } from '../src/index.ts';
import { bare, generator, median, normal, race, ratio } from './race.ts';
import { torch } from './torch.ts';

const sizes = [
  [128, 80],
  [8732, 80],
  [1024, 1000],
] as const;

/**
 * Softmax focal loss, our graph against PyTorch's export, each as one session run. "Trusted": nobody looks at targets.
 */
export async function softmax(rounds: number): Promise<void> {
  console.log("\nsoftmax focal loss, ns of the processor per logit, and times PyTorch's exported graph in one run");
  console.log(
    `${''.padEnd(34)}${'PyTorch'.padStart(9)}${'ours'.padStart(7)}${'times'.padStart(7)}${'trusted'.padStart(9)}`,
  );
  const loss = softmaxFocal({ gamma: 2 });
  for (const grad of [false, true]) {
    for (const shape of sizes) {
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
      const ns = (i: number) => ((median(times.map((row) => row[i])) * 1e6) / logits.length).toFixed(2);
      const name = `${grad ? 'value and gradient' : 'value'}, ${rows} × ${classes}`;
      console.log(
        `${name.padEnd(34)}${ns(0).padStart(9)}${ns(1).padStart(7)}${ratio(times, 1, 0).toFixed(2).padStart(7)}${ratio(times, 2, 0).toFixed(2).padStart(9)}`,
      );
    }
  }
}
