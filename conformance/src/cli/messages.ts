/** What the command and the process that runs the suite for it say to each other. */
import type { Backend } from '../backend.ts';
import type { RunEvent } from '../events.ts';
import type { RunOptions } from '../runOptions.ts';

/** Where backends come from: a file that exports them, or a command line that is one. */
export interface Source {
  readonly kind: 'file' | 'exec';
  /** As the user typed it. */
  readonly name: string;
}

/** What can be told of a backend that holds functions. */
export type Named = Pick<Backend, 'name' | 'dtype' | 'device'>;

/** To the process. */
export type Request =
  | { readonly type: 'load'; readonly source: Source }
  | { readonly type: 'run'; readonly index: number; readonly options: RunOptions }
  | { readonly type: 'finish' };

/** From the process. */
export type Reply =
  | { readonly type: 'loaded'; readonly backends: readonly Named[] }
  /** What happened, up to the next check. */
  | { readonly type: 'events'; readonly events: readonly RunEvent[] }
  /** What was asked for last cannot be done. */
  | { readonly type: 'refused'; readonly reason: string; readonly unknownName: boolean }
  /** What went wrong outside of any call: an exception or a rejection that nobody caught. */
  | { readonly type: 'fault'; readonly text: string };
