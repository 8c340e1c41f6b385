/** What runs in each thread of the pool: takes blocks of a call, gives back their sums and what they wrote. */
import { formulas, type Loss } from '@focal-loss/core';
import { eachBlock } from '../blocks.ts';
import { engineFinder } from '../engines.ts';
import { builtin } from './builtin.ts';
import type { Reply, Request } from './messages.ts';

type Post = (reply: Reply, transfer: ArrayBuffer[]) => void;

function work({ id, loss, engine: name, divide, call }: Request): Reply {
  const member = formulas.family.find(({ key }) => key === loss.key);
  if (member === undefined) return { id, error: `The worker knows no member ${loss.key}` };
  const engine = engineFinder({ ...loss, formula: member.formula } as Loss, name)(call);
  const sums: number[] = [];
  eachBlock(call, engine, (first, n) => sums.push(engine.run(call, divide, first, n)));
  const { grad, hess, values, examples } = call;
  return { id, sums: Float64Array.from(sums), grad, hess, values, examples };
}

function answer(request: Request, post: Post): void {
  try {
    const reply = work(request);
    const results = 'sums' in reply ? [reply.grad, reply.hess, reply.values] : [];
    // Shared memory is there already; anything else moves over without a copy.
    const buffers = results.map((array) => (array as Float32Array | undefined)?.buffer);
    post(
      reply,
      buffers.filter((buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer),
    );
  } catch (error) {
    post({ id: request.id, error: String(error) }, []);
  }
}

/** Makes this thread answer requests. */
export function serve(): void {
  const parentPort = builtin('node:worker_threads')?.parentPort ?? null;
  if (parentPort !== null) {
    parentPort.on('message', (request: Request) => answer(request, (...reply) => parentPort.postMessage(...reply)));
    return;
  }
  const scope = globalThis as unknown as Worker;
  scope.onmessage = ({ data }) => answer(data, (...reply) => scope.postMessage(...reply));
}
