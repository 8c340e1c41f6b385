/**
 * A small dense detector, trained with cross-entropy and with focal loss: finds one kind of handwritten digit among
 * others, in scenes where one cell in several hundred is an object. Writes `results.json` and `curves.svg` beside itself.
 *
 *     npm run example -w @focal-loss/tfjs
 */
import { writeFileSync } from 'node:fs';
import '@tensorflow/tfjs';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { type Curve, contenders, type Plan, train } from './detector.ts';
import { figure } from './figure.ts';
import { progress } from './progress.ts';
import { type Results, table } from './results.ts';
import { CELLS, makeScenes, random } from './scenes.ts';

const SEEDS = [1, 2, 3, 4, 5];
const TARGET = 8;
const PLAN: Plan = { steps: 800, every: 80, batch: 3 };

tf.enableProdMode();
setThreadsCount(1);
await tf.setBackend('wasm');

const scenes = makeScenes(400, TARGET, 'train', random(2017));
const test = makeScenes(160, TARGET, 'test', random(2018));
const bar = progress(contenders.length * SEEDS.length * PLAN.steps);
const curves = new Map<string, Curve[]>(contenders.map(({ name }) => [name, []]));
for (const seed of SEEDS) {
  for (const contender of contenders) {
    const label = `${contender.name}, seed ${seed}`;
    curves.get(contender.name)?.push(await train(contender, seed, scenes, test, PLAN, () => bar.step(label)));
  }
}
bar.end();

const positives = scenes.labels.reduce((sum, y) => sum + Number(y === 1), 0);
const negatives = scenes.labels.reduce((sum, y) => sum + Number(y === 0), 0);
const results: Results = {
  scenes: { train: scenes.labels.length / CELLS, test: test.labels.length / CELLS, cells: CELLS, positives, negatives },
  plan: PLAN,
  seeds: SEEDS,
  contenders: contenders.map(({ name }) => {
    const runs = curves.get(name) ?? [];
    return {
      name,
      averagePrecision: runs.map((curve) => curve.map((point) => Number(point.averagePrecision.toFixed(4)))),
    };
  }),
};
const here = (name: string) => new URL(name, import.meta.url);
writeFileSync(here('results.json'), `${JSON.stringify(results, null, 2)}\n`);
writeFileSync(here('curves.svg'), figure(results));
console.log(table(results));
