import type { Reply, Task } from './messages.ts';

/** What Node.js and browsers call a worker, as far as the pool needs it. */
interface Thread {
  post(task: Task, transfer: ArrayBuffer[]): void;
  terminate(): Promise<unknown>;
  /** Whether the thread keeps the process alive; browsers know no such thing. */
  hold(busy: boolean): void;
}

interface Listener {
  reply(reply: Reply): void;
  crash(reason: string): void;
}

/** Threads that tasks are given to. */
export interface Pool {
  readonly size: number;
  /** Runs a task on thread `n`. Rejects if the task fails, the thread stops or the pool is disposed. */
  run(n: number, task: Omit<Task, 'id'>, transfer: ArrayBuffer[]): Promise<Extract<Reply, { sums: unknown }>>;
  dispose(): Promise<void>;
}

/** How many threads this machine runs at once. */
export async function cores(): Promise<number> {
  if (isNode()) return (await import('node:os')).availableParallelism();
  return navigator.hardwareConcurrency;
}

export async function openPool(size: number): Promise<Pool> {
  const open = isNode() ? await nodeThreads() : webThread;
  const waiting = Array.from({ length: size }, () => new Map<number, Waiting>());
  let stopped: string | undefined;
  let ids = 0;

  const threads = waiting.map((tasks): Thread => {
    const settle = (id: number) => {
      const task = tasks.get(id);
      tasks.delete(id);
      if (tasks.size === 0) thread.hold(false);
      return task;
    };
    const thread = open({
      reply: (reply) =>
        'error' in reply ? settle(reply.id)?.reject(new Error(reply.error)) : settle(reply.id)?.resolve(reply),
      crash: (reason) => stop(reason),
    });
    thread.hold(false);
    return thread;
  });

  /** One thread lost is a job that cannot be finished: the pool ends, and says so to everyone who waits. */
  function stop(reason: string): void {
    if (stopped !== undefined) return;
    stopped = reason;
    for (const tasks of waiting) {
      for (const { reject } of tasks.values()) reject(new Error(reason));
      tasks.clear();
    }
    for (const thread of threads) void thread.terminate();
  }

  return {
    size,
    run: (n, task, transfer) =>
      new Promise((resolve, reject) => {
        if (stopped !== undefined) return reject(new Error(stopped));
        const id = ids++;
        waiting[n].set(id, { resolve, reject });
        threads[n].hold(true);
        threads[n].post({ id, ...task }, transfer);
      }),
    async dispose() {
      stop('The pool has been disposed');
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

/** Who waits for a task. */
interface Waiting {
  resolve(reply: Extract<Reply, { sums: unknown }>): void;
  reject(error: Error): void;
}

const isNode = () => typeof process === 'object' && process.versions?.node !== undefined;

type Open = (listener: Listener) => Thread;

async function nodeThreads(): Promise<Open> {
  const { Worker } = await import('node:worker_threads');
  // Not written out in the call: bundlers would take it for a file of the page's.
  const script = './worker.js';
  return ({ reply, crash }) => {
    // The script is plain JavaScript: loaders and flags of the main program are none of its business.
    const worker = new Worker(new URL(script, import.meta.url), { execArgv: [] });
    worker.on('message', reply);
    worker.on('error', (error) => crash(`A worker thread stopped: ${error}`));
    worker.on('exit', (code) => crash(`A worker thread stopped with exit code ${code}`));
    return {
      post: (task, transfer) => worker.postMessage(task, transfer),
      terminate: () => worker.terminate(),
      hold: (busy) => (busy ? worker.ref() : worker.unref()),
    };
  };
}

const webThread: Open = ({ reply, crash }) => {
  // In these very words bundlers know a worker, and bundle what it imports.
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }) => reply(data);
  worker.onerror = ({ message }) => crash(`A worker stopped: ${message || 'its script could not be loaded'}`);
  worker.onmessageerror = () => crash('A worker sent what could not be read');
  return {
    post: (task, transfer) => worker.postMessage(task, transfer),
    terminate: async () => worker.terminate(),
    hold: () => {},
  };
};
