import type { Backend } from './backend.ts';
import type { RunEvent } from './events.ts';
import type { RunOptions } from './runOptions.ts';

/**
 * A backend that lives somewhere else, in a browser or another process: the suite runs there, and what happens is
 * passed on. Losses hold functions and cannot travel, so it is the suite that does.
 */
export interface RemoteBackend extends Pick<Backend, 'name' | 'dtype' | 'device' | 'unavailable'> {
  readonly run: (options: RunOptions) => AsyncIterable<RunEvent>;
}

/** What can be tested: a backend in this process, or one that runs the suite where it lives. */
export type AnyBackend = Backend | RemoteBackend;
