import type { VectorFile } from './vectors.ts';

/** Milliseconds that one check may take, unless a run says otherwise. */
export const defaultTimeout = 60_000;

/** What to run. */
export interface RunOptions {
  /** Clauses by id, `*` standing for anything: `['values.*', 'alpha']`. All unless given. */
  readonly clauses?: readonly string[];
  /** Checks by id, `*` standing for anything: `'*sigmoidFocal(gamma=2)*'`. */
  readonly case?: string;
  /** Milliseconds that one check may take before it counts as failed. Default 60,000. */
  readonly timeout?: number;
  /** The golden vectors, where they cannot be read from the installed core: in a browser. */
  readonly vectors?: readonly VectorFile[];
}
