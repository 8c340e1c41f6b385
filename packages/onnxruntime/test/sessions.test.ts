/** When sessions are opened, who shares them, and that all are given back. */
import { sigmoidFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';
import { waves } from './ready.ts';
import { message, quiet, using } from './using.ts';

describe('sessions', () => {
  /** A runtime that counts what it opened and gave back. */
  function counting() {
    const count = { opened: 0, released: 0 };
    const create = async (...args: [Uint8Array, ort.InferenceSession.SessionOptions]) => {
      const session = await ort.InferenceSession.create(...args);
      count.opened++;
      return {
        run: session.run.bind(session),
        release: async () => {
          count.released++;
          await session.release();
        },
      };
    };
    return { count, runtime: { Tensor: ort.Tensor, InferenceSession: { create }, listSupportedBackends() {} } };
  }

  it('are opened when they are needed, one for each kind of call', async () => {
    const { count, runtime } = counting();
    const run = await compile(sigmoidFocal(), { ...quiet, runtime });
    expect(count.opened).toBe(1);
    for (let i = 0; i < 3; i++) await run.value([1, 2], [1, 0], { normalizer: i + 1 });
    expect(count.opened).toBe(1);
    await Promise.all([run.valueAndGrad([1], [1]), run.valueAndGrad([2], [0])]);
    expect(count.opened).toBe(2);
    await run.value([1], [1], { weights: [2] });
    expect(count.opened).toBe(3);
    await run.dispose();
    expect(count).toEqual({ opened: 3, released: 3 });
  });

  it('are one for all losses whose graph is the same, given back with the last of them', async () => {
    const { count, runtime } = counting();
    const losses = [sigmoidFocal(), sigmoidFocal(), sigmoidFocal({ normalizer: 'positives' })];
    const runs = await Promise.all(losses.map((loss) => compile(loss, { ...quiet, runtime })));
    const other = await compile(sigmoidFocal({ gamma: 1 }), { ...quiet, runtime });
    const values = await Promise.all(runs.map((run) => run.value([1, 2], [1, 0])));
    expect(values[1]).toBe(values[0]);
    await other.value([1, 2], [1, 0]);
    expect(count).toEqual({ opened: 2, released: 0 });
    await runs[0].dispose();
    await runs[0].dispose();
    await runs[1].dispose();
    expect(await runs[2].value([1, 2], [1, 0])).toBe(values[2]);
    expect(count.released).toBe(0);
    await runs[2].dispose();
    await other.dispose();
    expect(count).toEqual({ opened: 2, released: 2 });
    // One that is asked for again is opened again.
    const again = await compile(sigmoidFocal(), { ...quiet, runtime });
    expect(await again.value([1, 2], [1, 0])).toBe(values[0]);
    await again.dispose();
    expect(count).toEqual({ opened: 3, released: 3 });
  });

  it('are nobody else’s where options are more than data', async () => {
    const { count, runtime } = counting();
    class Sizes {}
    const sessionOptions = { ...quiet.sessionOptions, freeDimensionOverrides: new Sizes() };
    const runs = await Promise.all([0, 1].map(() => compile(sigmoidFocal(), { runtime, sessionOptions })));
    expect(count.opened).toBe(2);
    await Promise.all(runs.map((run) => run.dispose()));
    expect(count.released).toBe(2);
  });

  it('that cannot be opened leave nothing behind', async () => {
    let attempts = 0;
    const create = async (...args: [Uint8Array, ort.InferenceSession.SessionOptions]) => {
      if (++attempts === 1) throw new Error('no memory');
      return ort.InferenceSession.create(...args);
    };
    const runtime = { Tensor: ort.Tensor, InferenceSession: { create }, listSupportedBackends() {} };
    expect(await message(compile(sigmoidFocal(), { ...quiet, runtime }))).toMatch('no memory');
    await using(sigmoidFocal(), { runtime }, async (run) => expect(await run.value([0], [1])).toBeGreaterThan(0));
    expect(attempts).toBe(2);
  });

  it('are given back after the calls under way, and no call works afterwards', async () => {
    const { count, runtime } = counting();
    const run = await compile(sigmoidFocal(), { ...quiet, runtime });
    const under = run.valueAndGrad(waves(200_000), new Uint8Array(200_000));
    const disposed = run.dispose();
    expect(Number((await under).value)).toBeGreaterThan(0);
    await disposed;
    await run.dispose();
    expect(count.released).toBe(count.opened);
    expect(await message(run.value([1], [1]))).toMatchInlineSnapshot(
      `"FocalLossError: sigmoidFocal: run got "a disposed one", takes a compiled loss that dispose() has not been called on"`,
    );
  });
});
