/** What runs in each thread of the pool: takes blocks of a call, gives back their sums and what they wrote. */
import { formulas, type Loss } from '@focal-loss/core';
import { eachBlock } from '../blocks.ts';
import type { Call } from '../call.ts';
import type { Engine } from '../engine.ts';
import { engineFinder } from '../engines.ts';
import { awaitOpening, takeBlocks } from './board.ts';
import { builtin } from './builtin.ts';
import type { Opening, Reply, Request } from './messages.ts';

type Post = (reply: Reply, transfer: ArrayBuffer[]) => void;

/** What the pool has said first. */
let opening: Opening | undefined;
let engineOf: ((call: Call) => Engine) | undefined;

function work({ id, call: sent, by }: Request): Reply {
  if (opening === undefined) return { id, error: 'The worker was given a call before it knew the loss' };
  const { loss, engine: name, home } = opening;
  const member = formulas.family.find(({ key }) => key === loss.key);
  if (member === undefined) return { id, error: `The worker knows no member ${loss.key}` };
  engineOf ??= engineFinder({ ...loss, formula: member.formula } as Loss, name);
  const call: Call = { ...sent, places: home && sent.places && { ...sent.places, home } };
  const engine = engineOf(call);
  if (typeof by === 'object') {
    call.noted.hard = awaitOpening(by);
    // All but the examples' sums is there already.
    return { id, sums: new Float64Array(0), ...NOTHING, parts: takeBlocks(by, call, engine) };
  }
  const sums: number[] = [];
  eachBlock(call, engine, (first, n) => sums.push(engine.run(call, by, first, n)));
  const { grad, hess, values, examples } = call;
  return { id, sums: Float64Array.from(sums), grad, hess, values, examples };
}

const NOTHING = { grad: undefined, hess: undefined, values: undefined, examples: undefined };

function answer(request: Request | Opening, post: Post): void {
  if (!('id' in request)) {
    opening = request;
    return;
  }
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
    parentPort.on('message', (request: Request | Opening) =>
      answer(request, (...reply) => parentPort.postMessage(...reply)),
    );
    return;
  }
  const scope = globalThis as unknown as Worker;
  scope.onmessage = ({ data }) => answer(data, (...reply) => scope.postMessage(...reply));
}
