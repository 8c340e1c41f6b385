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
import { chart } from '../../../docs/figures/chart.ts';
import { type Curve, contenders, type Plan, train } from './detector.ts';
import { progress } from './progress.ts';
import { type Results, spread, table } from './results.ts';
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
writeFileSync(
  here('curves.svg'),
  chart(
    'Average precision of the detector during training',
    'Means over five seeds, of cross-entropy, α-balanced cross-entropy and focal loss, with and without prior bias.',
    [
      {
        title: `Finding ${TARGET}s: 1 positive cell in ${Math.round(negatives / positives)}`,
        xLabel: 'training steps',
        yLabel: 'average precision',
        legend: 'below',
        x: { from: 0, to: PLAN.steps, ticks: [0, 200, 400, 600, 800] },
        lines: results.contenders.map(({ name, averagePrecision }) => ({
          label: name,
          points: averagePrecision[0].map((_, i) => {
            const { mean } = spread(averagePrecision.map((run) => run[i]));
            return [(i + 1) * PLAN.every, mean] as const;
          }),
        })),
      },
    ],
  ),
);
console.log(table(results));
