/** One process with one session: scores the files it is told, adds a row each to its part, and says so. */
import { appendFileSync, readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { readNpy } from './npy.ts';
import type { Row } from './rows.ts';

/** What the process is told first: the model, and where rows go. */
export interface Task {
  readonly model: string;
  readonly part: string;
}

/** What it answers: that it is ready, that a file's row is written, or why not. */
export type Answer = { readonly ready: true } | { readonly id: string; readonly failed?: string };

/** The class indices of a file of logits lie beside it. */
export const labelsOf = (file: string) => file.replace(/\.npy$/, '.labels.npy');

async function score(session: ort.InferenceSession, id: string): Promise<Row> {
  const [logits, labels] = [readNpy(id), readNpy(labelsOf(id))];
  const { value, topValues, topIndices } = await session.run({
    logits: new ort.Tensor('float32', logits.data as Float32Array, logits.shape),
    targets: new ort.Tensor('int64', labels.data as BigInt64Array, labels.shape),
  });
  const [values, indices] = [topValues.data as Float32Array, topIndices.data as BigInt64Array];
  const [mean] = value.data as Float32Array;
  if (Number.isNaN(mean)) throw new Error('a label is no class, or a logit NaN');
  return { id, loss: mean, top: Array.from(values, (loss, i) => ({ row: Number(indices[i]), loss })) };
}

if (process.send) {
  // The first process is gone: nobody waits for more.
  process.once('disconnect', () => process.exit());
  process.once('message', async ({ model, part }: Task) => {
    const session = await ort.InferenceSession.create(readFileSync(model), { intraOpNumThreads: 1 });
    process.on('message', async (id: string) => {
      try {
        // One write a row: a killed process leaves it whole, or without its end.
        appendFileSync(part, `${JSON.stringify(await score(session, id))}\n`);
        process.send?.({ id } satisfies Answer);
      } catch (error) {
        process.send?.({ id, failed: error instanceof Error ? error.message : String(error) } satisfies Answer);
      }
    });
    process.send?.({ ready: true } satisfies Answer);
  });
}
