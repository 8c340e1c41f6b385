/**
 * Two threads beside one, over sizes: on arrays in shared memory and on ordinary ones, which are copied there.
 *
 *     npm run bench -w @focal-loss/typed-array -- --threads
 */
import { sigmoidFocal } from '@focal-loss/core';
import { compile } from '@focal-loss/typed-array';
import { compile as compileParallel } from '@focal-loss/typed-array/parallel';
import { batch } from './data.ts';
import { duel } from './duel.ts';
import { inOurs } from './rivals/ours.ts';

const SIZES = [2 ** 12, 2 ** 14, 2 ** 15, 2 ** 16, 2 ** 17, 2 ** 18, 2 ** 20, 10 ** 7];

/** A table: sizes, and how many times as fast two threads are, wanted in any case and by default. */
export async function threads(): Promise<string[][]> {
  const loss = sigmoidFocal({ reduction: 'sum' });
  const one = compile(loss);
  const pools = [
    await compileParallel(loss, { workers: 1, threshold: 0 }),
    await compileParallel(loss, { workers: 1 }),
  ];
  const head = ['value and gradient', 'one thread, ns', 'two, ns', 'times as fast', 'within a round'];
  const lines = [[...head, 'by default', 'within a round']];
  for (const place of ['in place', 'copied'] as const) {
    for (const size of SIZES) {
      const given = batch('sigmoid', size);
      const bytes = Uint8Array.from(given.targets);
      const [x, y] = place === 'in place' ? [inOurs(given.logits), inOurs(bytes)] : [given.logits, bytes];
      const grad = place === 'in place' ? inOurs(given.logits) : new Float32Array(size);
      const rounds = Math.max(8, Math.min(200, Math.round(4e7 / size)));
      const alone = () => one.valueAndGrad(x, y, { grad });
      const times: string[] = [];
      for (const run of pools) {
        const [before, now, ...ratios] = await duel(alone, () => run.valueAndGrad(x, y, { grad }), size, rounds);
        const faster = ratios.map((ratio) => (1 / Number(ratio)).toFixed(2));
        times.push(...(times.length === 0 ? [before, now, ...faster] : faster));
      }
      lines.push([`${place}, ${size} logits`, ...times]);
    }
  }
  for (const run of pools) await run.dispose();
  return lines;
}
