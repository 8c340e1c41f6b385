/**
 * A million float32 logits on the CPU provider, one thread: our graph against torchvision's, each as one session run, and
 * what `compile` adds to its sessions.
 *
 *     npm run bench -w @focal-loss/onnxruntime -- [--quick]
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { sigmoidFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { buildModel, compile } from '../src/index.ts';
import { torchvision } from './torchvision.ts';

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean' } } });
const rounds = flags.quick ? 11 : 41;
const n = 1_000_000;
const chunk = 2 ** 16;
const loss = sigmoidFocal({ gamma: 2, alpha: 0.25 });
const sessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 } as const;

/** 1 % positives, logits normal around −3 and 2: a half-trained detector. */
const random = generator();
const targets = Float32Array.from({ length: n }, () => (random() < 0.01 ? 1 : 0));
const logits = targets.map((y) => {
  const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return (y === 1 ? 2 : -3) + 2 * normal;
});

const place = new Float32Array(n);

interface Racer {
  readonly name: string;
  run(): Promise<unknown>;
}

const scalar = (value: number) => new ort.Tensor('float32', Float32Array.of(value), []);
const part = (from: number, to: number) => ({
  logits: new ort.Tensor('float32', logits.subarray(from, to), [to - from]),
  targets: new ort.Tensor('float32', targets.subarray(from, to), [to - from]),
});

/** A model run over everything, `size` logits at a time. */
async function bare(
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

for (const grad of [false, true]) {
  const run = await compile(loss, { runtime: ort, sessionOptions });
  const inside = { normalizer: true, checked: false, accumulate: 'float64' } as const;
  const racers: Racer[] = [
    await bare("torchvision's graph", torchvision(2, grad), n, grad ? { count: scalar(n) } : {}),
    await bare('our graph', buildModel(loss, { grad }), n),
    await bare('our graph, targets trusted', buildModel(loss, { grad, checked: false }), n),
    await bare("torchvision's graph, in chunks", torchvision(2, grad), chunk, grad ? { count: scalar(n) } : {}),
    await bare('our graph, in chunks', buildModel(loss, { grad }), chunk),
    await bare("compile's graph, in chunks", buildModel(loss, { grad, ...inside }), chunk, { normalizer: scalar(n) }),
    {
      name: 'compile(…)',
      run: () => (grad ? run.valueAndGrad(logits, targets, { grad: place }) : run.value(logits, targets)),
    },
    ...(grad ? [{ name: 'compile(…), new array each time', run: () => run.valueAndGrad(logits, targets) }] : []),
  ];
  const times = await race(racers);
  const ratio = (a: number, b: number) => median(times.map((row) => row[a] / row[b]));
  console.log(
    `\n${grad ? 'value and gradient' : 'value'}, ${n} logits, ns per logit, and times torchvision's graph in one run`,
  );
  for (const [i, { name }] of racers.entries()) {
    const ns = (median(times.map((row) => row[i])) * 1e6) / n;
    console.log(`${name.padEnd(34)}${ns.toFixed(1).padStart(7)}${ratio(i, 0).toFixed(2).padStart(7)}`);
  }
  console.log(`compile(…) takes ${((ratio(6, 5) - 1) * 100).toFixed(1)} % longer than its bare sessions`);
  await run.dispose();
}
console.log(`\nMedians of ${rounds} rounds. Node.js ${process.version}, onnxruntime-node, ${cpus()[0]?.model}`);

/** Milliseconds of each racer, round by round; in each round they take turns. */
async function race(racers: readonly Racer[]): Promise<number[][]> {
  const times: number[][] = [];
  for (let round = -2; round < rounds; round++) {
    const row: number[] = [];
    for (const { run } of racers) {
      const start = performance.now();
      await run();
      row.push(performance.now() - start);
    }
    if (round >= 0) times.push(row);
  }
  return times;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}

function generator() {
  let state = 20171022;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}
