import { batch } from './data.ts';
import { enlist } from './measure.ts';
import { LARGE, type Plan } from './plan.ts';
import { race, ratio } from './race.ts';
import type { Rival } from './rivals/rival.ts';

/** What the gradient costs, and a γ that is no integer: each engine against itself. */
export async function itself(engines: readonly Rival[], plan: Plan): Promise<string[][]> {
  const rows = batch('sigmoid', LARGE);
  const lines = [['sigmoid, 2^20 logits', 'γ = 1.5 ÷ γ = 2', 'value ÷ value and gradient']];
  for (const engine of engines) {
    const enter = async (name: string, gamma: number, wantGrad: boolean) =>
      (await enlist(engine, { link: 'sigmoid', gamma, wantGrad }, rows, name)).racer;
    const rounds = await race(
      [await enter('both', 2, true), await enter('value', 2, false), await enter('1.5', 1.5, true)],
      { ...plan, rounds: 3 * plan.rounds, patience: Infinity },
    );
    lines.push([engine.name, ...['1.5', 'value'].map((name) => ratio(rounds, name, 'both').toFixed(2))]);
  }
  return lines;
}
