/** What runs in each thread of the pool: takes blocks of a job, gives back their sums and what they wrote. */
import { formulas } from '@focal-loss/core';
import { engineFinder } from '../start.ts';
import type { Reply, Task } from './messages.ts';

type Post = (reply: Reply, transfer: ArrayBuffer[]) => void;

function work({ id, loss: { key, ...rest }, engine, divide, job }: Task): Reply {
  const member = formulas.family.find((candidate) => candidate.key === key);
  if (member === undefined) return { id, error: `The worker knows no member ${key}` };
  const chosen = engineFinder({ ...rest, formula: member.formula }, engine)(job);
  const sums = new Float64Array(Math.ceil(job.rows / chosen.block));
  for (let i = 0; i < sums.length; i++) {
    const first = i * chosen.block;
    sums[i] = chosen.run(job, divide, first, Math.min(chosen.block, job.rows - first));
  }
  return { id, sums, grad: job.grad, values: job.values };
}

function answer(task: Task, post: Post): void {
  try {
    const reply = work(task);
    const results = 'sums' in reply ? [reply.grad, reply.values] : [];
    // Shared memory is there already; anything else moves over without a copy.
    const buffers = results.map((array) => (array as Float32Array | undefined)?.buffer);
    post(
      reply,
      buffers.filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer),
    );
  } catch (error) {
    post({ id: task.id, error: String(error) }, []);
  }
}

const { parentPort } =
  typeof process === 'object' && process.versions?.node ? await import('node:worker_threads') : { parentPort: null };
if (parentPort !== null)
  parentPort.on('message', (task: Task) => answer(task, (...reply) => parentPort.postMessage(...reply)));
else {
  const scope = globalThis as unknown as Worker;
  scope.onmessage = ({ data }) => answer(data, (...reply) => scope.postMessage(...reply));
}
