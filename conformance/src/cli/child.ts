/**
 * The process that loads backends and runs the suite for them. Whatever a backend does to it, the command that started it is
 * not harmed.
 */
import type { RunEvent } from '../events.ts';
import { messageOf } from '../messageOf.ts';
import type { AnyBackend } from '../remote.ts';
import { runConformance } from '../run.ts';
import { UnknownName } from '../select.ts';
import { backendsOf } from './discover.ts';
import type { Named, Reply, Request, Source } from './messages.ts';
import { processBackend } from './process.ts';

const send = (reply: Reply) => new Promise<void>((done) => process.send?.(reply, () => done()));

// Whoever started it was killed: nobody waits for what the run gives.
process.once('disconnect', () => process.exit(1));
process.on('unhandledRejection', (reason) => sendFault(`a promise was rejected: ${messageOf(reason)}`));
process.on('uncaughtException', (error) => sendFault(`nobody caught ${messageOf(error)}`));

let backends: readonly AnyBackend[] = [];
/** Events that were not told yet. */
let happened: RunEvent[] = [];

function tell(): Promise<void> {
  const events = happened;
  happened = [];
  return send({ type: 'events', events });
}

/** After what happened before it. */
function sendFault(text: string): void {
  if (happened.length > 0) tell();
  send({ type: 'fault', text });
}

const load = async ({ kind, name }: Source) => (kind === 'file' ? backendsOf(name) : [await processBackend(name)]);

async function answer(request: Request): Promise<void> {
  if (request.type === 'load') {
    backends = await load(request.source);
    await send({ type: 'loaded', backends: backends.map(namedOf) });
  } else if (request.type === 'run') {
    for await (const event of runConformance(backends[request.index], request.options)) {
      happened.push(event.type === 'start' ? { ...event, backend: namedOf(event.backend) } : event);
      // A turn of the loop, in which a rejection is noticed while it is known where the run was.
      if (event.type === 'check') await new Promise((done) => setImmediate(done));
      // A message costs more than most checks: what a check found is told with what comes next, and that before it comes.
      if (event.type === 'next' || event.type === 'start' || event.type === 'end') await tell();
    }
  } else {
    // From here on nothing of the suite keeps the process alive; what does is the backend's.
    process.channel?.unref();
    process.off('message', onMessage);
  }
}

const namedOf = ({ name, dtype, device = 'cpu' }: Named): Named => ({ name, dtype, device });

function onMessage(request: Request): void {
  answer(request).catch((error) =>
    send({ type: 'refused', reason: messageOf(error), unknownName: error instanceof UnknownName }),
  );
}

process.on('message', onMessage);
