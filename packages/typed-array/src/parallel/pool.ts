import { FocalLossError } from '@focal-loss/core';
import { builtin } from './builtin.ts';
import { type Opening, OWN_THREAD, type Reply, type Request } from './messages.ts';

/** What Node.js and browsers call a worker, as far as the pool needs it. */
interface Thread {
  post(request: Request | Opening, transfer: ArrayBuffer[]): void;
  terminate(): Promise<unknown>;
  /** Whether the thread keeps the process alive; browsers know no such thing. */
  hold(busy: boolean): void;
}

interface Listener {
  reply(reply: Reply): void;
  crash(reason: string): void;
}

type Done = Extract<Reply, { sums: unknown }>;

/** Threads that are given work. */
export interface Pool {
  readonly size: number;
  /**
   * Gives thread `n` a request. Rejects if it fails, the thread stops or the pool is disposed.
   *
   * @throws {@link FocalLossError} if the request cannot be sent.
   */
  run(n: number, request: Omit<Request, 'id'>, transfer: ArrayBuffer[]): Promise<Done>;
  /** @throws {@link FocalLossError} why the pool has ended, if it has. */
  check(): void;
  /** Ends the threads; who waits for one, and who comes later, is told why. */
  dispose(why: Error): Promise<void>;
}

/** How many threads this machine runs at once. */
export const cores = (): number => builtin('node:os')?.availableParallelism() ?? navigator.hardwareConcurrency;

/** Whether this runtime has threads: workerd, for one, has none. */
export const hasThreads = (): boolean => builtin('node:worker_threads') !== undefined || typeof Worker === 'function';

/**
 * @param who Whose pool it is, for messages.
 * @param openings What each thread is told first.
 */
export async function openPool(size: number, who: string, openings: readonly Opening[] = []): Promise<Pool> {
  const open = nodeThreads() ?? webThread;
  const waiting = Array.from({ length: size }, () => new Map<number, Waiting>());
  let stopped: Error | undefined;
  let ids = 0;
  const failed = (reason: string) =>
    new FocalLossError(who, [{ field: 'workers', got: reason, takes: 'threads that finish what they are given' }]);

  /** Who waits for a reply of thread `n`, and waits no more. */
  function settle(n: number, id: number): Waiting | undefined {
    const reply = waiting[n].get(id);
    waiting[n].delete(id);
    // What comes late from a thread that is being ended must not let the process go before that has happened.
    if (waiting[n].size === 0 && stopped === undefined) threads[n].hold(false);
    return reply;
  }

  /** A page that takes no script but a trusted one refuses a worker while it is made. */
  function opened(listener: Listener): Thread {
    try {
      return open(listener);
    } catch (error) {
      throw failed(`No worker: ${error}. compile of @focal-loss/typed-array needs none`);
    }
  }

  const threads = waiting.map((_, n): Thread => {
    const thread = opened({
      reply: (reply) =>
        'error' in reply ? settle(n, reply.id)?.reject(failed(reply.error)) : settle(n, reply.id)?.resolve(reply),
      crash: (reason) => stop(failed(reason)),
    });
    thread.hold(false);
    if (openings[n] !== undefined) thread.post(openings[n], []);
    return thread;
  });

  /** One thread lost is a call that cannot be finished: the pool ends, and says so to everyone who waits. */
  function stop(why: Error): void {
    if (stopped !== undefined) return;
    stopped = why;
    for (const replies of waiting) {
      for (const { reject } of replies.values()) reject(why);
      replies.clear();
    }
    for (const thread of threads) void thread.terminate();
  }

  return {
    size,
    check() {
      if (stopped !== undefined) throw stopped;
    },
    run(n, request, transfer) {
      const id = ids++;
      const reply = new Promise<Done>((resolve, reject) => {
        if (stopped !== undefined) reject(stopped);
        else waiting[n].set(id, { resolve, reject });
      });
      if (stopped !== undefined) return reply;
      threads[n].hold(true);
      try {
        threads[n].post({ id, ...request }, transfer);
      } catch (error) {
        // What cannot be sent is never answered: nobody waits for it, and it holds no process.
        settle(n, id);
        throw failed(String(error));
      }
      return reply;
    },
    async dispose(why) {
      stop(why);
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

/** Who waits for a reply. */
interface Waiting {
  resolve(reply: Done): void;
  reject(error: Error): void;
}

type Open = (listener: Listener) => Thread;

function nodeThreads(): Open | undefined {
  const threads = builtin('node:worker_threads');
  if (threads === undefined) return undefined;
  // Not in the words that bundlers know: they would copy the script once more, as it is.
  const here = import.meta.url;
  return ({ reply, crash }) => {
    // The script is plain JavaScript: loaders and flags of the main program are none of its business.
    const worker = new threads.Worker(new URL('./worker.js', here), { execArgv: [] });
    worker.on('message', reply);
    worker.on('error', (error) => crash(`A worker thread stopped: ${error}`));
    worker.on('exit', (code) => crash(`A worker thread stopped with exit code ${code}`));
    return {
      post: (request, transfer) => worker.postMessage(request, transfer),
      terminate: () => worker.terminate(),
      hold: (busy) => (busy ? worker.ref() : worker.unref()),
    };
  };
}

/** Bundlers that know no workers leave it to the user to put the script there. */
const NOT_LOADED =
  'its script could not be loaded (a bundler that does not follow new Worker(new URL(…)) needs worker.js of @focal-loss/typed-array/dist, bundled, beside what it writes)';

/**
 * Whether this is the bundle of this package alone, under the name that Vite's dev server gives to it. Before version 8 that
 * leaves the worker out, and the bundle is its own worker: it has nothing in it that runs by itself.
 */
const isAlone = (url: string): boolean => /typed-array_parallel\.js/.test(url);

function webWorker(): Worker {
  const here = import.meta.url;
  if (isAlone(here)) return new Worker(here, { type: 'module', name: OWN_THREAD });
  // In these very words bundlers know a worker, and bundle what it imports.
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
}

const webThread: Open = ({ reply, crash }) => {
  const worker = webWorker();
  worker.onmessage = ({ data }) => reply(data);
  worker.onerror = ({ message }) => crash(`A worker stopped: ${message || NOT_LOADED}`);
  worker.onmessageerror = () => crash('A worker sent what could not be read');
  return {
    post: (request, transfer) => worker.postMessage(request, transfer),
    terminate: async () => worker.terminate(),
    hold: () => {},
  };
};
