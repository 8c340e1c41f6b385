import type { Batch, Scenario } from '../scenario.ts';

export interface Outcome {
  readonly value: number;
  readonly grad?: Float32Array | undefined;
}

/** One scenario on one batch, to be run again and again. */
export interface Runner {
  /**
   * From ordinary arrays to ordinary arrays, whatever must be copied on the way. Arrays for results are made once where
   * the rival can write into given ones, as a training loop would.
   */
  run(): Outcome | Promise<Outcome>;
  /** Called before a series of runs, and not timed. */
  enter?(): unknown;
  /** For a rival in another process: milliseconds a run, over about `ms` milliseconds of runs, by its own clock. */
  clock?(ms: number): Promise<number>;
  close?(): unknown;
}

export interface Rival {
  readonly name: string;
  prepare(scenario: Scenario, batch: Batch): Runner | Promise<Runner>;
  close?(): unknown;
}

/** A rival that this machine cannot run. */
export interface Absent {
  readonly name: string;
  readonly reason: string;
}
