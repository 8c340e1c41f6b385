import { batch } from './data.ts';
import { measure, type Time } from './measure.ts';
import type { Plan } from './plan.ts';
import { LARGE } from './plan.ts';
import type { Rival } from './rivals/rival.ts';

/** Class counts of small labels, of detectors and of ImageNet. */
const COUNTS = [10, 80, 1000];

/** A softmax of few and of many classes: how many times as long as the first rival the others take, value / value and gradient. */
export async function byClasses(rivals: readonly Rival[], plan: Plan): Promise<string[][]> {
  const lines = [['softmax, about 2²⁰ logits, γ = 2', ...COUNTS.map((count) => `${count} classes`)]];
  const cells = new Map(rivals.map(({ name }) => [name, [] as string[]]));
  for (const classes of COUNTS) {
    const given = batch('softmax', LARGE, classes);
    const both: Map<string, Time>[] = [];
    for (const wantGrad of [false, true]) {
      both.push(await measure(rivals, { link: 'softmax', gamma: 2, wantGrad }, given, plan));
    }
    for (const [i, { name }] of rivals.entries()) {
      const of = (times: Map<string, Time>) =>
        i === 0 ? `${times.get(name)?.ns.toFixed(2)} ns` : `${times.get(name)?.ratio.toFixed(2)}`;
      cells.get(name)?.push(both.map(of).join(' / '));
    }
  }
  for (const [name, all] of cells) lines.push([name, ...all]);
  return lines;
}
