import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { averagePrecision } from '../example/averagePrecision.ts';
import { contenders, train } from '../example/detector.ts';
import { table } from '../example/results.ts';
import { CELLS, IGNORED, makeScenes, random } from '../example/scenes.ts';
import { tf } from './node.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

beforeAll(async () => {
  await tf.setBackend('wasm');
});

test('the table in the README is that of the committed results', () => {
  expect(read('../README.md').replace(/ +/g, ' ').replace(/-+/g, '-')).toContain(
    table(JSON.parse(read('../example/results.json'))).replace(/-+/g, '-'),
  );
});

test('the committed figure has a line for every contender', () => {
  const svg = read('../example/curves.svg');
  for (const { name } of contenders) expect(svg).toContain(`>${name}</text>`);
  expect(svg.match(/<polyline/g)).toHaveLength(contenders.length);
});

test('average precision is the mean, over positives, of the precision down to each', () => {
  expect(averagePrecision([4, 3, 2, 1], [1, 0, 1, 0])).toBeCloseTo((1 + 2 / 3) / 2, 12);
  expect(averagePrecision([4, 3, 2, 1], [IGNORED, 0, 1, 0])).toBeCloseTo(1 / 2, 12);
  expect(averagePrecision([1, 1, 1], [1, 0, 0])).toBeCloseTo(1 / 3, 12);
  expect(averagePrecision([1], [0])).toBe(0);
});

test('scenes are mostly background, and the same for the same seed', () => {
  const scenes = makeScenes(40, 8, 'train', random(3));
  expect(scenes.labels).toEqual(makeScenes(40, 8, 'train', random(3)).labels);
  const count = (label: number) => scenes.labels.filter((y) => y === label).length;
  expect(count(1)).toBeGreaterThan(5);
  expect(count(0)).toBeGreaterThan(200 * count(1));
  expect(count(0) + count(1) + count(IGNORED)).toBe(40 * CELLS);
});

test('a tiny version of the example trains every contender and gives all tensors back', async () => {
  const scenes = makeScenes(12, 8, 'train', random(1));
  const plan = { steps: 4, every: 2, batch: 2 };
  let steps = 0;
  for (const contender of contenders) {
    const before = tf.memory().numTensors;
    const curve = await train(contender, 1, scenes, scenes, plan, () => steps++);
    expect(tf.memory().numTensors).toBe(before);
    expect(curve.map(({ step }) => step)).toEqual([2, 4]);
    for (const { averagePrecision } of curve) expect(averagePrecision).toBeGreaterThan(0);
  }
  expect(steps).toBe(4 * contenders.length);
});
