import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../events.ts';
import type { RunOptions } from '../runOptions.ts';
import { UnknownName } from '../select.ts';
import type { Named, Reply, Request, Source } from './messages.ts';

/** Seconds beyond its own time after which a check is taken for one that blocks its thread. */
const grace = 2;
/** Seconds that an import, and what a backend does before its first check, may take at least. */
const least = { load: 10, start: 60 };
/** Seconds that a process may live on after its last check, and after it was asked to end. */
const patience = 2;

/**
 * Megabytes in which Node.js makes what does not live long, four times as many as usual: the arrays and programs of thousands of
 * calls. Collecting them takes a tenth less of the whole processor time of a run.
 */
const roomForShortLived = '--max-semi-space-size=64';

/** The process of a backend is gone, or hears nothing any more. */
export class Died extends Error {}

/** Backends in a process of their own. */
export class Isolated {
  readonly backends: readonly Named[];
  private readonly child: ChildProcess;
  private readonly seconds: number;
  private readonly inbox: Inbox;

  private constructor(child: ChildProcess, seconds: number, inbox: Inbox, backends: readonly Named[]) {
    this.child = child;
    this.seconds = seconds;
    this.inbox = inbox;
    this.backends = backends;
  }

  /**
   * Loads the backends of a file or a command.
   *
   * @param seconds What one check may take.
   * @throws with the reason if there are none, or if loading them does not end.
   */
  static async open(source: Source, seconds: number): Promise<Isolated> {
    const file = fileURLToPath(new URL('./child.js', import.meta.url));
    const child = fork(file, { serialization: 'advanced', execArgv: [...process.execArgv, roomForShortLived] });
    const inbox = new Inbox(child);
    child.send({ type: 'load', source } satisfies Request);
    try {
      const limit = Math.max(least.load, seconds);
      for (;;) {
        const reply = await inbox.next(limit, `loading it did not end within ${limit} s`);
        if (reply.type === 'loaded') return new Isolated(child, seconds, inbox, reply.backends);
        if (reply.type === 'refused') throw new Error(reply.reason);
        if (reply.type === 'fault') throw new Error(reply.text);
      }
    } catch (error) {
      await end(child);
      throw error;
    }
  }

  /**
   * Runs the suite for one of the backends.
   *
   * @param onFault Told what goes wrong outside of any call, and where the run was.
   * @throws {@link Died} saying where, if the process ends or blocks.
   */
  async *run(index: number, options: RunOptions, onFault: (text: string) => void): AsyncGenerator<RunEvent, void> {
    this.child.send({ type: 'run', index, options } satisfies Request);
    let at = '';
    for (;;) {
      const limit = at === '' ? Math.max(least.start, this.seconds) : this.seconds + grace;
      const reply = await this.inbox.next(limit, `it blocked its thread for more than ${this.seconds} s`, at);
      if (reply.type === 'fault') onFault(reply.text + at);
      if (reply.type === 'refused') throw reply.unknownName ? new UnknownName(reply.reason) : new Error(reply.reason);
      if (reply.type !== 'events') continue;
      for (const event of reply.events) {
        if (event.type === 'next') at = ` at ${event.id} (${event.clause})`;
        yield event;
        if (event.type === 'end') return;
      }
    }
  }

  /** Ends the process, and tells what went wrong after the last verdict. */
  async close(): Promise<string[]> {
    const faults: string[] = [];
    try {
      this.child.send({ type: 'finish' } satisfies Request);
      const until = performance.now() + 1000 * patience;
      for (let left = patience; left > 0; left = (until - performance.now()) / 1000) {
        const reply = await this.inbox.next(left, '');
        if (reply.type === 'fault') faults.push(`${reply.text}, after the verdict`);
      }
    } catch {
      // It has ended, or something of the backend's keeps it open: a timer, a child.
    }
    await end(this.child);
    return faults;
  }

  /** Ends the process whatever it does. */
  kill(): Promise<void> {
    return end(this.child);
  }
}

/** Replies in the order they came, for whoever waits for the next one. */
class Inbox {
  private readonly waiting: Reply[] = [];
  private ended: string | undefined;
  private wake = () => {};

  constructor(child: ChildProcess) {
    child.on('message', (reply: Reply) => {
      this.waiting.push(reply);
      this.wake();
    });
    child.once('error', (error) => this.end(`its process did not start: ${error.message}`));
    // Not at exit: what it sent before that may still be on the way.
    child.once('close', (code, signal) =>
      this.end(`its process ended ${signal === null ? `with code ${code}` : `by ${signal}`}`),
    );
  }

  private end(reason: string): void {
    this.ended ??= reason;
    this.wake();
  }

  /** @throws {@link Died} if the process ended, or said nothing for so many seconds. */
  async next(seconds: number, late: string, at = ''): Promise<Reply> {
    const until = performance.now() + 1000 * seconds;
    for (;;) {
      const reply = this.waiting.shift();
      if (reply !== undefined) return reply;
      if (this.ended !== undefined) throw new Died(this.ended + at);
      const left = until - performance.now();
      if (left <= 0) throw new Died(late + at);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Asks a process to end, and ends it if it does not. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), 1000 * patience);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
