import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  asymmetric,
  defineLoss,
  FocalLossError,
  type Loss,
  qualityFocal,
  type Reduction,
  sigmoidFocal,
  softmaxFocal,
} from '@focal-loss/core';
// Threads run what was built, so this is the built package.
import { type ArrayKind, allocate, compile as compileHere, engines } from '@focal-loss/typed-array';
import { compile, type ParallelLoss, type ParallelOptions } from '@focal-loss/typed-array/parallel';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { openPool } from '../src/parallel/pool.ts';
import { anyCalls } from './calls.ts';
import { expectSame } from './same.ts';

const opened: ParallelLoss[] = [];
async function open<R extends Reduction>(loss: Loss<R>, options: ParallelOptions = {}): Promise<ParallelLoss<R>> {
  const run = await compile(loss, { workers: 2, threshold: 0, ...options });
  opened.push(run as ParallelLoss);
  return run;
}
afterAll(() => Promise.all(opened.map((run) => run.dispose())));

const n = 50_001;
const logits = Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.3) * 12);
const hard = Uint8Array.from(logits, (_, i) => Number(i % 9 === 0));
const soft = Float32Array.from(logits, (_, i) => (i % 5) / 4);
const weights = Float64Array.from(logits, (_, i) => (i % 3) * 0.7);

/** The same numbers in the memory of the kernels, some way into an array. */
function ours<A extends Float32Array | Uint8Array>(array: A): A {
  const part = allocate(array.constructor as ArrayKind<A>, array.length + 1).subarray(1) as A;
  part.set(array);
  return part;
}

/** What a program of its own exits with and prints, on both streams. */
function node(script: string): [status: number | null, stdout: string, stderr: string] {
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const options = { cwd, timeout: 15_000, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], options);
  return [status, stdout, stderr];
}

describe('results are those of one thread, to the last bit', () => {
  it.each([
    ['float32, hard labels', sigmoidFocal({ alpha: 0.25 }), logits, hard, {}],
    ['soft labels', qualityFocal(), logits, soft, {}],
    ['float64', sigmoidFocal({ gamma: 1.5 }), Float64Array.from(logits), hard, {}],
    ['plain arrays', sigmoidFocal({ normalizer: 'positives' }), Array.from(logits), Array.from(soft), {}],
    ['weights', sigmoidFocal({ normalizer: 'weights' }), logits, hard, { weights }],
    [
      'labels of 64 bits, which threads took for float64 ones',
      asymmetric(),
      logits,
      BigInt64Array.from(hard, BigInt),
      {},
    ],
    ['a denominator of its own', sigmoidFocal(), logits, hard, { normalizer: 123 }],
    ['single losses', sigmoidFocal({ reduction: 'none' }), logits, hard, {}],
    ['softmax', softmaxFocal(), logits, hard.subarray(0, n / 3), { shape: [n / 3, 3] }],
    ['no logits', sigmoidFocal(), new Float32Array(0), [], {}],
    ['fewer blocks than threads', sigmoidFocal(), logits.subarray(0, 10), hard.subarray(0, 10), {}],
  ] as [string, Loss, Float32Array, Uint8Array, object][])('%s', async (_, loss, x, y, options) => {
    for (const engine of engines()) {
      const here = compileHere(loss, { engine });
      const run = await compile(loss, { engine, workers: 2, threshold: 0 });
      expectSame(await run.valueAndGrad(x, y, options), here.valueAndGrad(x, y, options));
      expectSame({ value: await run.value(x, y, options) }, { value: here.value(x, y, options) });
      await run.dispose();
    }
  });

  it('the whole contract, drawn together', { timeout: 120_000 }, async () => {
    for (const { loss, logits, targets, options, text } of [...anyCalls(4, 8, 60), ...anyCalls(7, 9, 25)]) {
      const [here, run] = [compileHere(loss), await compile(loss, { workers: 2, threshold: 0 })];
      for (const x of [logits, Float32Array.from(logits)]) {
        const got = await run.valueGradHess(x, targets, options);
        expectSame(got, here.valueGradHess(x, targets, options), text.slice(0, 500));
        expectSame(await run.valueAndGrad(x, targets, options), here.valueAndGrad(x, targets, options));
        expectSame({ value: await run.value(x, targets, options) }, { value: here.value(x, targets, options) });
      }
      await run.dispose();
    }
  });

  it('a posterior', async () => {
    const run = await open(sigmoidFocal());
    expectSame({ eta: await run.posterior(logits) }, { eta: compileHere(sigmoidFocal()).posterior(logits) });
    await expect(run.posterior(logits, { shape: [1] })).rejects.toThrow(FocalLossError);
  });

  it('shared memory is worked on where it lies', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(4 * n));
    shared.set(logits);
    const grad = new Float32Array(new SharedArrayBuffer(4 * n));
    const run = await open(sigmoidFocal());
    const result = await run.valueAndGrad(shared, hard, { grad });
    expect(result.grad).toBe(grad);
    const want = compileHere(sigmoidFocal()).valueAndGrad(logits, hard);
    expectSame({ value: result.value, grad }, { value: want.value, grad: want.grad });
    expectSame({ shared }, { shared: logits });
  });

  it.each([
    ['byte labels', sigmoidFocal(), hard, {}],
    ['float32 labels and weights', sigmoidFocal({ alpha: 0.25 }), Float32Array.from(hard), { weights }],
    ['an α a class', sigmoidFocal({ alpha: [0.2, 0.5, 0.7] }), hard, { shape: [n / 3, 3] }],
    ['qualities', qualityFocal(), soft, {}],
    ['sums of examples', sigmoidFocal({ reduction: 'example' }), hard, { shape: [n / 3, 3] }],
    ['softmax', softmaxFocal(), hard.subarray(0, n / 3), { shape: [n / 3, 3] }],
    ['softmax, classes first', softmaxFocal(), hard.subarray(0, n / 3), { shape: [3, n / 3], axis: 0 }],
  ] as [string, Loss, Uint8Array, object][])('arrays of ours, in place: %s', async (_, loss, targets, options) => {
    const run = await open(loss);
    const here = compileHere(loss);
    const [X, T, grad] = [ours(logits), ours(targets), ours(logits)];
    const want = here.valueAndGrad(logits, targets, options);
    const got = await run.valueAndGrad(X, T, { ...options, grad });
    expect(got.grad).toBe(grad);
    expectSame(got, want);
    // Only targets elsewhere; the gradient over the logits.
    expectSame(await run.valueAndGrad(X, targets, { ...options, grad: X }), want);
    X.set(logits);
    expectSame({ value: await run.value(X, T, options) }, { value: here.value(logits, targets, options) });
  });

  it('single losses in place', async () => {
    const run = await open(sigmoidFocal({ reduction: 'none' }));
    const [X, T, value] = [ours(logits), ours(hard), ours(logits)];
    expect(await run.value(X, T, { value })).toBe(value);
    expectSame({ value }, { value: compileHere(sigmoidFocal({ reduction: 'none' })).value(logits, hard) });
  });

  it('in a thread that must not stand still, as that of a page, messages are waited for', async () => {
    const run = await open(sigmoidFocal({ reduction: 'example' }), { workers: 3 });
    const plain = await open(sigmoidFocal());
    vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      throw new TypeError('Atomics.wait cannot be called in this context');
    });
    const options = { shape: [n / 3, 3] };
    for (let i = 0; i < 5; i++) {
      expectSame(
        await run.valueAndGrad(logits, hard, options),
        compileHere(sigmoidFocal({ reduction: 'example' })).valueAndGrad(logits, hard, options),
      );
      expectSame(await plain.valueAndGrad(logits, hard), compileHere(sigmoidFocal()).valueAndGrad(logits, hard));
    }
    vi.restoreAllMocks();
  });

  it('memory that calls have needed is there for the next', async () => {
    const run = await open(sigmoidFocal());
    const [x, y] = [new Float32Array(400_000), new Uint8Array(400_000)];
    const size = () => allocate(Float32Array, 1).buffer.byteLength;
    await run.valueAndGrad(x, y);
    const before = size();
    for (let i = 0; i < 20; i++) await run.valueAndGrad(x, y);
    await expect(run.value(x, y.fill(2, 9))).rejects.toThrow('targets[9] got 2');
    expect(size()).toBe(before);
  });

  it('where memory is not shared, parts are sent to the threads and back', { timeout: 20_000 }, () => {
    const script = `globalThis.crossOriginIsolated = false;
      const { sigmoidFocal, softmaxFocal } = await import('@focal-loss/core');
      const { allocate, compile: here } = await import('@focal-loss/typed-array');
      const { compile } = await import('@focal-loss/typed-array/parallel');
      const x = allocate(Float32Array, 30_000).map((_, i) => 9 * Math.sin(i));
      const y = allocate(Uint8Array, 30_000).map((_, i) => Number(i % 7 === 0));
      for (const loss of [sigmoidFocal(), sigmoidFocal({ reduction: 'example' }), softmaxFocal()]) {
        const run = await compile(loss, { workers: 2, threshold: 0 });
        const options = { shape: [10_000, 3] };
        const targets = loss.link === 'softmax' ? y.subarray(0, 10_000) : y;
        const both = [await run.valueAndGrad(x, targets, options), here(loss).valueAndGrad(x, targets, options)];
        const [got, want] = both.map((result) => JSON.stringify(result));
        console.log(got === want, got.length > 1e5, x.buffer instanceof ArrayBuffer);
        await run.dispose();
      }`;
    expect(node(script)).toEqual([0, 'true true true\n'.repeat(3), '']);
  });

  it('labels in a Buffer stay the caller’s, whose memory went away with the first call, as a slice of a Buffer is no copy', async () => {
    const labels = Buffer.from(hard);
    const run = await open(sigmoidFocal());
    const first = await run.value(logits, labels);
    expect(labels).toHaveLength(n);
    expect(await run.value(logits, labels)).toBe(first);
  });

  it('many calls at once each get their own result', async () => {
    const run = await open(sigmoidFocal());
    const inputs = Array.from({ length: 24 }, (_, k) => logits.map((x) => x + k));
    const values = await Promise.all(inputs.map((x) => run.value(x, hard)));
    expect(values).toEqual(inputs.map((x) => compileHere(sigmoidFocal()).value(x, hard)));
  });

  it('a runtime that has no threads computes on the one it has', async () => {
    // As workerd: neither Node's modules nor a Worker.
    const ask = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    vi.stubGlobal('Worker', undefined);
    try {
      const run = await open(sigmoidFocal({ alpha: 0.25 }), { workers: undefined } as object);
      expect(run.workers).toBe(1);
      expect(await run.value(logits, hard)).toBe(compileHere(sigmoidFocal({ alpha: 0.25 })).value(logits, hard));
    } finally {
      ask.mockRestore();
      vi.unstubAllGlobals();
    }
  });

  it('a member of the user runs on this thread', async () => {
    const mine = defineLoss({ name: 'mine', formula: (o, x, y) => o.mul(y, o.softplus(x)) });
    const run = await open(mine);
    expect(await run.value(logits, hard)).toBe(compileHere(mine).value(logits, hard));
  });
});

describe('what can go wrong', () => {
  it('a bad target rejects with its index in the whole, and nothing is written', async () => {
    const run = await open(sigmoidFocal());
    const grad = new Float32Array(n).fill(7);
    const bad = Float32Array.from(hard).fill(3, n - 1);
    await expect(run.valueAndGrad(logits, bad, { grad })).rejects.toThrow(`targets[${n - 1}] got 3`);
    expect(grad.every((entry) => entry === 7)).toBe(true);
  });

  it.each([
    [{ workers: 0 }, 'workers got 0'],
    [{ threshold: -1 }, 'threshold got -1'],
    [{ engine: 'gpu' }, 'engine got "gpu"'],
    [{ worker: 2 }, 'worker got 2'],
    [{ workers: '2' }, 'workers got "2"'],
  ])('%o is refused, which had been taken for none', async (options, message) => {
    await expect(compile(sigmoidFocal(), options as never)).rejects.toThrow(message);
  });

  it('after dispose calls reject with a FocalLossError, those that wait too, and dispose may be called again', async () => {
    const run = await compile(sigmoidFocal(), { workers: 2, threshold: 0 });
    const waiting = expect(run.value(logits, hard)).rejects.toThrow(FocalLossError);
    await run.dispose();
    await run.dispose();
    await waiting;
    await expect(run.value(logits, hard)).rejects.toThrow(FocalLossError);
    await expect(run.value(logits, hard)).rejects.toThrow('pool got "one that has been disposed"');
    await expect(run.valueGradHess(logits, hard)).rejects.toThrow(FocalLossError);
    await expect(run.posterior(logits)).rejects.toThrow(FocalLossError);
  });

  it('a thread that stops is an error, now and later, and never a hang', async () => {
    // Beside the source there is no worker.js, so each thread stops as it starts.
    const pool = await openPool(2, 'sigmoidFocal');
    const request = { loss: {}, engine: 'javascript', divide: 1, call: {} } as never;
    await expect(pool.run(0, request, [])).rejects.toThrow(/A worker thread stopped: .*worker\.js/);
    await expect(pool.run(1, request, [])).rejects.toThrow(/A worker thread stopped/);
  });

  it('dispose ends, whatever a thread still answers: a late reply let the process go in the middle of it (exit code 13)', {
    timeout: 60_000,
  }, () => {
    const script = `import { sigmoidFocal } from '@focal-loss/core';
      import { compile } from '@focal-loss/typed-array/parallel';
      const run = await compile(sigmoidFocal(), { workers: 2, threshold: 0 });
      const { Worker } = await import('node:worker_threads');
      const { terminate } = Worker.prototype;
      Worker.prototype.terminate = function () {
        const ended = terminate.call(this);
        this.emit('message', { id: 0, sums: new Float64Array(0) });
        return ended;
      };
      await run.dispose();
      console.log('ended');`;
    expect(node(script).slice(0, 2)).toEqual([0, 'ended\n']);
  });

  it('what cannot be sent rejects, and keeps no process alive (it did for ever)', { timeout: 20_000 }, () => {
    const script = `import { sigmoidFocal } from '@focal-loss/core';
      import { compile } from '@focal-loss/typed-array/parallel';
      const run = await compile(sigmoidFocal(), { workers: 2, threshold: 0 });
      (await import('node:worker_threads')).Worker.prototype.postMessage = () => { throw new Error('too large'); };
      await run.value(new Float32Array(9), new Uint8Array(9)).catch((error) => console.log(String(error)));`;
    const [status, stdout] = node(script);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/FocalLossError: sigmoidFocal: workers got .*too large/),
    ]);
  });

  it('an idle pool keeps no process alive', { timeout: 20_000 }, () => {
    const script = `import { sigmoidFocal } from '@focal-loss/core';
      import { compile } from '@focal-loss/typed-array/parallel';
      const run = await compile(sigmoidFocal(), { workers: 2, threshold: 0 });
      console.log(await run.value(new Float32Array(9), new Uint8Array(9)));`;
    const [status, stdout] = node(script);
    expect([status, Number(stdout)]).toEqual([
      0,
      compileHere(sigmoidFocal()).value(new Float32Array(9), new Uint8Array(9)),
    ]);
  });
});
