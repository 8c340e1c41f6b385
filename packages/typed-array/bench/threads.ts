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
import { ours } from './inPlace.ts';
import { align } from './report.ts';

const SIZES = [2 ** 10, 2 ** 12, 2 ** 14, 2 ** 15, 2 ** 16, 2 ** 17, 2 ** 18, 2 ** 20, 10 ** 7];

/** A table: sizes, and how many times as fast two threads are. */
export async function threads(): Promise<string> {
  const loss = sigmoidFocal({ reduction: 'sum' });
  const [one, two] = [compile(loss), await compileParallel(loss, { workers: 1, threshold: 0 })];
  const byDefault = await compileParallel(loss, { workers: 1 });
  const lines = [['value and gradient, ns per element', 'one', 'two', 'one ÷ two', 'one ÷ by default']];
  for (const place of ['in place', 'copied'] as const) {
    for (const size of SIZES) {
      const given = batch('sigmoid', size);
      const bytes = Uint8Array.from(given.targets);
      const [x, y] = place === 'in place' ? [ours(given.logits), ours(bytes)] : [given.logits, bytes];
      const grad = place === 'in place' ? ours(given.logits) : new Float32Array(size);
      const times = async (run: typeof two) => {
        const rounds = Math.max(8, Math.min(200, Math.round(2e7 / size)));
        const alone = () => one.valueAndGrad(x, y, { grad });
        const [before, now, ratio] = await duel(alone, () => run.valueAndGrad(x, y, { grad }), size, rounds);
        return [before, now, (1 / Number(ratio)).toFixed(2)];
      };
      lines.push([`${place}, ${size} logits`, ...(await times(two)), (await times(byDefault))[2]]);
    }
  }
  await Promise.all([two.dispose(), byDefault.dispose()]);
  return align(lines);
}
