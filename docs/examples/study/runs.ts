/** What has been trained, one run a line, so that a study that was stopped goes on where it was. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { LossData } from '@focal-loss/core';
import type { Length } from './plan.ts';

/** What a run is for: configurations of random search, the best of them once more, the taken one on test windows. */
export type Stage = 'search' | 'again' | 'test';

export interface Run {
  readonly optimizer: 'adam' | 'sgd';
  readonly ratio: number;
  readonly length: Length;
  /** Of a contender, or of what is done at the swap. */
  readonly name: string;
  readonly stage: Stage;
  readonly trial: number;
  readonly seed: number;
  readonly loss: LossData;
  readonly rate: number;
  readonly pi: number;
  /** Average precision: of validation windows, and at stage `'test'` of test windows. */
  readonly ap: number;
  readonly recall?: number;
  readonly ece?: { readonly sigma: number; readonly posterior: number | null };
}

export type Key = Pick<Run, 'optimizer' | 'ratio' | 'length' | 'name' | 'stage' | 'trial' | 'seed'>;
const keyOf = ({ optimizer, ratio, length, name, stage, trial, seed }: Key) =>
  [optimizer, ratio, length, name, stage, trial, seed].join(' ');

export interface Runs {
  /** What is known of a run, else what `train` gives, which is then known. */
  of(key: Key, train: () => Omit<Run, keyof Key>): Run;
  readonly all: readonly Run[];
}

/** The lines of a file, whose last one may be half. */
export const readRuns = (file: URL): Run[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Run);

/** Runs that are kept in a file, or without one only in memory. */
export function runsIn(file?: URL, onRun: (run: Run) => void = () => {}): Runs {
  const all: Run[] = file !== undefined && existsSync(file) ? readRuns(file) : [];
  const known = new Map(all.map((run) => [keyOf(run), run]));
  return {
    all,
    of(key, train) {
      const before = known.get(keyOf(key));
      if (before !== undefined) return before;
      const run: Run = { ...key, ...train() };
      all.push(run);
      known.set(keyOf(key), run);
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(run)}\n`);
      onRun(run);
      return run;
    },
  };
}
