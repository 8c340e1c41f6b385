/**
 * Value and gradient of sigmoid focal loss on float32: this package against a loop fused by hand and against the
 * algebra called per element. Ratios are taken within one round and their median over the rounds is printed, because
 * the times of a shared machine mean little.
 */
import { sigmoidFocal } from '@focal-loss/core';
import { Bench } from 'tinybench';
import { compile } from '../src/index.ts';
import { detector } from './data.ts';
import { algebra, handFused, handFusedPow } from './rivals.ts';

const ROUNDS = 7;
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

async function compare(gamma: number, n: number): Promise<Record<string, string>> {
  const { logits, targets } = detector(n);
  const grad = new Float32Array(n);
  const loss = sigmoidFocal({ gamma, reduction: 'sum' });
  const run = compile(loss);
  const perElement = algebra(loss);
  const byHand = gamma === 2 ? handFused : handFusedPow;
  const rivals: Record<string, () => unknown> = {
    ours: () => run.valueAndGrad(logits, targets, { grad }),
    'value only': () => run.value(logits, targets),
    'hand-fused': () => byHand(logits, targets, grad, gamma),
    algebra: () => perElement(logits, targets, grad),
  };

  const rounds: Record<string, number>[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const bench = new Bench({ time: 40, iterations: 2, warmupTime: 10, warmupIterations: 1 });
    for (const [name, task] of Object.entries(rivals)) bench.add(name, task);
    await bench.run();
    rounds.push(
      Object.fromEntries(
        bench.tasks.map(({ name, result }) => [
          name,
          'latency' in result ? (result.latency.p50 / n) * 1e6 : Number.NaN,
        ]),
      ),
    );
  }
  const time = (name: string) => median(rounds.map((round) => round[name])).toFixed(1);
  const ratio = (name: string) => median(rounds.map((round) => round[name] / round.ours)).toFixed(2);
  return {
    γ: String(gamma),
    elements: n.toLocaleString('en'),
    'value and gradient, ns': time('ours'),
    'value only, ns': time('value only'),
    'hand-fused loop, ns': time('hand-fused'),
    'hand-fused ÷ ours': ratio('hand-fused'),
    'algebra ÷ ours': ratio('algebra'),
  };
}

const rows: Record<string, string>[] = [];
for (const gamma of [2, 1.5]) {
  for (const n of [1_000, 100_000, 1_048_576]) rows.push(await compare(gamma, n));
}
console.log(`@focal-loss/typed-array, float32, per element, median of ${ROUNDS} rounds, Node.js ${process.version}`);
console.table(rows);
