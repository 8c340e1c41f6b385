import { Bench } from 'tinybench';
import type { Plan } from './plan.ts';
import type { Runner } from './rivals/rival.ts';

export interface Racer extends Runner {
  readonly name: string;
  /** Whether `run` returns a promise; tinybench would run an unknown one once more to learn it. */
  readonly async: boolean;
}

/** The median milliseconds a run, of each racer that ran in a round. */
export type Round = ReadonlyMap<string, number>;

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/**
 * Runs racers one after the other, round by round: the speed of a shared machine changes between rounds, so times are to
 * be compared within one. The first racer, whom the others are compared with, is in all of them.
 */
export async function race(racers: readonly Racer[], plan: Plan): Promise<readonly Round[]> {
  const warmup = await round(racers, plan.time);
  const again = racers.filter(({ name }, place) => place === 0 || Number(warmup.get(name)) < plan.patience);
  const rounds = [warmup];
  while (rounds.length <= plan.rounds) rounds.push(await round(again, plan.time));
  return rounds;
}

async function round(racers: readonly Racer[], time: number): Promise<Round> {
  // By default tinybench runs everything 64 times, however slow it is, and 16 times before that.
  const bench = new Bench({ time, iterations: 1, warmup: false, throws: true });
  const times = new Map<string, number>();
  for (const { name, run, async, enter, clock } of racers) {
    if (clock !== undefined) times.set(name, await clock(time));
    else bench.add(name, run, { async, beforeAll: async () => void (await enter?.()) });
  }
  await bench.run();
  for (const { name, result } of bench.tasks) {
    if ('latency' in result) times.set(name, result.latency.p50);
  }
  return times;
}

/** The median over the rounds of `name`'s time. */
export const time = (rounds: readonly Round[], name: string): number =>
  median(counted(rounds, name).map((times) => Number(times.get(name))));

/** The median over the rounds of how many times as long `name` took as `base` in the same one. */
export const ratio = (rounds: readonly Round[], name: string, base: string): number =>
  median(counted(rounds, name).map((times) => Number(times.get(name)) / Number(times.get(base))));

/** All but the first, which warms up compilers and allocators; that one for who was too slow for another. */
function counted(rounds: readonly Round[], name: string): readonly Round[] {
  const ran = rounds.filter((times) => times.has(name));
  return ran.length > 1 ? ran.slice(1) : ran;
}
