import type { Runtime, RuntimeSession } from './runtime.ts';
import { inTurn } from './turns.ts';

/** A session that several have, and how many. */
interface Shared {
  readonly session: Promise<RuntimeSession>;
  users: number;
}

/** The sessions that are open, by runtime, and by what they were opened with and of. */
const open = new WeakMap<Runtime, Map<string, Shared>>();

/**
 * A session that is opened once for all who ask with the same key, and given back when the last of them has released it: losses
 * that are compiled twice, or differ in what is no part of the graph, take the time and the memory of one.
 *
 * @param key What it is opened with and of; undefined, where nobody can tell: then it is not shared.
 */
export async function sharedSession(
  runtime: Runtime,
  key: string | undefined,
  create: () => Promise<RuntimeSession>,
): Promise<RuntimeSession> {
  if (key === undefined) return releasedOnce(await create(), (session) => inTurn(runtime, () => session.release()));
  const all = open.get(runtime) ?? new Map<string, Shared>();
  open.set(runtime, all);
  const shared = all.get(key) ?? { session: create(), users: 0 };
  all.set(key, shared);
  shared.users++;
  const leave = () => {
    shared.users--;
    if (shared.users > 0) return false;
    all.delete(key);
    return true;
  };
  let session: RuntimeSession;
  try {
    session = await shared.session;
  } catch (error) {
    leave();
    throw error;
  }
  return releasedOnce(session, async () => {
    if (leave()) await inTurn(runtime, () => session.release());
  });
}

/** A session whose later releases do nothing. */
function releasedOnce(session: RuntimeSession, release: (session: RuntimeSession) => Promise<void>): RuntimeSession {
  let released: Promise<void> | undefined;
  return {
    run: (feeds, fetches) => (fetches === undefined ? session.run(feeds) : session.run(feeds, fetches)),
    release() {
      released ??= release(session);
      return released;
    },
  };
}

/** The bytes of a model as a key: one letter each. */
export const textOf = (bytes: Uint8Array): string => letters.decode(bytes);

/** A letter for each byte, whatever it is. */
const letters = new TextDecoder('latin1');
