/** The suite in a process of its own: asked by one message, answers with events. */
import type { RunOptions } from '@focal-loss/conformance';
import { runSuite } from './suite.ts';

/** What the parent asks. */
export interface Request {
  readonly module: string;
  readonly name: string;
  readonly options: RunOptions;
  readonly vectors: readonly string[];
}

const send = (message: unknown) => new Promise<void>((done) => process.send?.(message, () => done()));

process.once('message', async ({ module, name, options, vectors }: Request) => {
  try {
    const { default: exported } = await import(module);
    await runSuite(exported, name, options, vectors, (event) => send({ event }));
    await send({ ended: true });
  } catch (error) {
    await send({ error: error instanceof Error ? error.message : String(error) });
  }
  process.exit();
});
