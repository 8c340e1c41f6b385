import type { LossData } from '@focal-loss/core';
import manifest from '../package.json' with { type: 'json' };
import type { Input, VectorFile } from './vectors.ts';

/** Milliseconds that one check may take, unless a run says otherwise. */
export const defaultTimeout = 60_000;

/** The seed of random calls unless a run says otherwise: another one with each version. */
export const defaultSeed: number = Array.from(manifest.version).reduce(
  (seed, letter) => (seed * 31 + letter.charCodeAt(0)) % 2 ** 31,
  0,
);

/** What to run inside a test framework, which has a way of its own to stop at the first failure. */
export type FrameworkOptions = Omit<RunOptions, 'bail' | 'vectors'>;

/** A call as JSON: a loss as data, and what it is given. */
export interface CallData extends Input {
  readonly loss: LossData;
}

/** What to run. */
export interface RunOptions {
  /** One call, compared with the reference, instead of the suite. */
  readonly call?: CallData;
  /** Clauses by id, `*` standing for anything: `['values.*', 'alpha']`. All unless given. */
  readonly clauses?: readonly string[];
  /** Checks by id, `*` standing for anything: `'*sigmoidFocal(gamma=2)*'`. */
  readonly case?: string;
  /** Milliseconds that one check may take before it counts as failed. Default 60,000. */
  readonly timeout?: number;
  /** What random calls are drawn from: a whole number ≥ 0. Default: one that changes with the version of the suite. */
  readonly seed?: number;
  /** Which of how many equal parts of the checks: `[1, 4]` is the first quarter. All unless given. */
  readonly shard?: readonly [part: number, of: number];
  /** Whether to stop after the first failure. Default `false`. */
  readonly bail?: boolean;
  /** The golden vectors, where they cannot be read from the installed core: in a browser. */
  readonly vectors?: readonly VectorFile[];
}
