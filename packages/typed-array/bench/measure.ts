import { agree } from './agree.ts';
import type { Plan } from './plan.ts';
import { type Racer, race, ratio, time } from './race.ts';
import type { Outcome, Rival } from './rivals/rival.ts';
import { type Batch, type Scenario, title } from './scenario.ts';

/** What one rival took. */
export interface Time {
  /** Nanoseconds an element. */
  readonly ns: number;
  /** How many times as long as the first rival. */
  readonly ratio: number;
  /** How far its loss is from the first rival's, relatively. */
  readonly off: number;
}

/** Times rivals at the same work, after comparing the result of each with the first one's. */
export async function measure(
  rivals: readonly Rival[],
  scenario: Scenario,
  batch: Batch,
  plan: Plan,
): Promise<Map<string, Time>> {
  const racers: Racer[] = [];
  const offs: number[] = [];
  let expected: Outcome | undefined;
  for (const rival of rivals) {
    const { racer, outcome } = await enlist(rival, scenario, batch);
    expected ??= outcome;
    offs.push(agree(`${rival.name}, ${title(scenario)}`, batch.logits.length, expected, outcome));
    racers.push(racer);
  }
  const rounds = await race(racers, plan);
  for (const { close } of racers) await close?.();
  const perElement = 1e6 / batch.logits.length;
  return new Map(
    rivals.map(({ name }, i) => [
      name,
      { ns: perElement * time(rounds, name), ratio: ratio(rounds, name, rivals[0].name), off: offs[i] },
    ]),
  );
}

/** A rival ready to race, and what it computes. */
export async function enlist(rival: Rival, scenario: Scenario, batch: Batch, name = rival.name) {
  const runner = await rival.prepare(scenario, batch);
  await runner.enter?.();
  const ran = runner.run();
  const racer: Racer = { ...runner, name, async: ran instanceof Promise };
  return { racer, outcome: await ran };
}
