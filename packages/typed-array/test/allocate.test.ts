import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FocalLossError, qualityFocal, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ArrayKind, allocate, compile, engines, free } from '../src/index.ts';
import { newHeap } from '../src/memory/heap.ts';
import { anyCalls } from './calls.ts';
import { expectSame } from './same.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

type Numbers = Float32Array | Float64Array | Uint8Array | Int8Array | Int32Array;

/** The same numbers in an array of ours, some way into it: a part of one will do. */
function ours<A extends Numbers>(array: A, offset = 0, make = allocate): A {
  const kind = array.constructor as ArrayKind<A>;
  const whole = make(kind, array.length + offset + 3);
  const part = whole.subarray(offset, offset + array.length) as A;
  part.set(array as never);
  return part;
}

const n = 4101;
const logits = Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.3) * 12);
const hard = Uint8Array.from(logits, (_, i) => Number(i % 9 === 0));
const weights = Float32Array.from(logits, (_, i) => (i % 3) * 0.7);

describe('results are those of ordinary arrays, to the last bit', () => {
  const ignoring = Int8Array.from(hard, (y, i) => (i % 7 === 0 ? -1 : y));
  const soft = Float32Array.from(logits, (_, i) => (i % 5) / 4);
  const alphas = Array.from({ length: n }, (_, i) => (i % 8) / 8 + 0.05);
  it.each([
    ['byte labels', sigmoidFocal(), hard, {}],
    ['float32 labels', sigmoidFocal({ gamma: 1.5 }), Float32Array.from(hard), {}],
    ['labels of other kinds', sigmoidFocal(), Int32Array.from(hard), {}],
    ['labels with a sign, some ignored', sigmoidFocal({ ignoreIndex: -1 }), ignoring, { weights }],
    ['byte labels, some ignored', sigmoidFocal({ ignoreIndex: 255 }), Uint8Array.from(ignoring), {}],
    ['weights', sigmoidFocal({ alpha: 0.25 }), hard, { weights }],
    ['weights in float64', sigmoidFocal({ normalizer: 'weights' }), hard, { weights: Float64Array.from(weights) }],
    ['an α a class', sigmoidFocal({ alpha: alphas }), Float32Array.from(hard), { shape: [n], weights }],
    ['qualities', qualityFocal(), soft, {}],
    ['soft labels that have no kernel', sigmoidFocal({ labelSmoothing: 0.1 }), soft, {}],
    [
      'weights that broadcast',
      sigmoidFocal(),
      hard,
      { shape: [1, n], weights: weights.slice(0, 1), weightsShape: [1] },
    ],
    ['softmax, few classes', softmaxFocal(), hard.subarray(0, 1001), { shape: [1001, 10] }],
    ['softmax, many classes', softmaxFocal(), Int32Array.from(hard.subarray(0, 111)), { shape: [111, 37] }],
    ['softmax, classes first', softmaxFocal(), hard.subarray(0, 111), { shape: [37, 111], axis: 0 }],
  ])(
    '%s',
    (_, loss, targets, options) => {
      const size = ('shape' in options ? options.shape : [n]).reduce((a, b) => a * b);
      const x = Float32Array.from({ length: size }, (_, i) => logits[i % n] + (i % 5));
      const given = 'weights' in options ? { ...options, weights: ours(options.weights as Float32Array, 2) } : options;
      const [X, T, G] = [ours(x, 1), ours(targets as Uint8Array, 3), ours(x)];
      for (const engine of engines()) {
        const run = compile(loss, { engine });
        const { value, grad } = run.valueAndGrad(X, T, { ...given, grad: G });
        expect(grad).toBe(G);
        // The neighbour of the last entry, which is in the same vector, is the caller's.
        expectSame({ value, grad }, run.valueAndGrad(x, targets, options));
        expect(new Float32Array(G.buffer, G.byteOffset + G.byteLength, 3)).toEqual(new Float32Array(3));
        expectSame({ X }, { X: x });
        expect(run.value(X, T, given)).toBe(value);
        // Over the logits, and from ours into an ordinary array.
        expectSame(run.valueAndGrad(X, T, { ...given, grad: new Float32Array(size) }), { value, grad });
        expectSame(run.valueAndGrad(X, T, { ...given, grad: X }), { value, grad });
        X.set(x);
      }
    },
    20_000,
  );

  it('the whole contract, drawn together', () => {
    for (const call of anyCalls(60, 22, 12)) {
      const { loss, targets, options, text } = call;
      const run = compile(loss);
      for (const x of [call.logits, Float32Array.from(call.logits)]) {
        const plain = run.valueGradHess(x, targets, options);
        const X = ours(x, 1);
        const given = { ...options, ...(options.weights && { weights: ours(options.weights as Float64Array) }) };
        const [grad, hess] = [ours(x, 2), ours(x)];
        const isArray = typeof plain.value !== 'number';
        const value = isArray ? { value: ours(plain.value as Float32Array, 1).fill(0) as Float32Array } : {};
        const got = run.valueGradHess(X, ours(targets), { ...given, grad, hess, ...value });
        expectSame(got, plain, text.slice(0, 500));
        if (isArray) expect(got.value).toBe(value.value);
        expectSame(run.valueAndGrad(X, ours(targets), { ...given, grad }), run.valueAndGrad(x, targets, options));
      }
    }
  });

  it('single losses go where they are wanted, and so do second derivatives', () => {
    const run = compile(sigmoidFocal({ reduction: 'none' }));
    const x = logits.subarray(0, 4096);
    const [X, T, value, grad, hess] = [ours(x), ours(hard.subarray(0, 4096)), ours(x), ours(x), ours(x)];
    const got = run.valueGradHess(X, T, { value, grad, hess });
    expect([got.value, got.grad, got.hess].map((array, i) => array === [value, grad, hess][i])).toEqual([
      true,
      true,
      true,
    ]);
    expectSame(got, run.valueGradHess(x, hard.subarray(0, 4096)));
  });
});

it('kernels work on arrays of ours where they lie: nothing longer than a vector is copied', () => {
  const run = compile(sigmoidFocal({ alpha: 0.25 }));
  const size = 4096;
  const given = { weights: ours(weights.subarray(0, size)), grad: ours(logits.subarray(0, size)) };
  const [X, bytes] = [ours(logits.subarray(0, size)), ours(hard.subarray(0, size))];
  const labels = ours(Float32Array.from(hard.subarray(0, size)));
  const copied: number[] = [];
  const set = Float32Array.prototype.set;
  vi.spyOn(Object.getPrototypeOf(Float32Array.prototype), 'set').mockImplementation(function (
    this: unknown,
    source: unknown,
    at: unknown,
  ) {
    copied.push((source as Float32Array).length);
    set.call(this as Float32Array, source as Float32Array, at as number);
  });
  for (const targets of [bytes, labels]) run.valueAndGrad(X, targets, given);
  expect(Math.max(...copied)).toBeLessThan(64);
  run.valueAndGrad(logits.subarray(0, size), hard.subarray(0, size), given);
  expect(Math.max(...copied)).toBe(4096);
});

describe('memory', () => {
  it('is zero, whatever was there', () => {
    const first = allocate(Float32Array, 1000).fill(7);
    const { byteOffset } = first;
    free(first);
    const second = allocate(Float32Array, 900);
    expect(second.byteOffset).toBe(byteOffset);
    expectSame({ second }, { second: new Float32Array(900) });
  });

  it('that grows leaves arrays where they are', () => {
    const [X, T] = [ours(logits), ours(hard)];
    const before = compile(sigmoidFocal()).value(X, T);
    const large = allocate(Float64Array, 3_000_000);
    large[large.length - 1] = 1;
    expectSame(X, logits);
    expect(compile(sigmoidFocal()).value(X, T)).toBe(before);
    free(large);
  });

  it('of arrays nobody has any more is freed, and that of arrays of which a part is left is not', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const part = (() => allocate(Float32Array, 50_000).fill(5).subarray(7, 9))();
    const size = 2_000_000;
    const addressOf = () => allocate(Float32Array, size).fill(1).byteOffset;
    const first = addressOf();
    let last = first;
    for (let i = 0; i < 20; i++) {
      gc();
      // Finalizers run in turns of their own.
      await new Promise((resolve) => setTimeout(resolve, 2));
      last = addressOf();
    }
    expect(last).toBeLessThan(first + 10 * 4 * size);
    expect(part).toEqual(Float32Array.of(5, 5));
  });

  it('is handed out in pieces that never overlap, and comes back whole', () => {
    const heap = newHeap(100, 1_000_000);
    const pieces: [number, number][] = [];
    let state = 1;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let i = 0; i < 2000; i++) {
      if (random(5) < 2 && pieces.length > 0) {
        const [[at, bytes]] = pieces.splice(random(pieces.length), 1);
        expect(heap.give(at, bytes + 1)).toBe(false);
        expect(heap.give(at, bytes)).toBe(true);
        expect(heap.give(at, bytes)).toBe(false);
        continue;
      }
      const bytes = 1 + random(20_000);
      const at = heap.take(bytes);
      if (at === undefined) continue;
      expect(at % 64).toBe(0);
      expect(at >= 100 && at + bytes <= 1_000_000).toBe(true);
      expect(pieces.every(([from, size]) => at >= from + size || at + bytes <= from)).toBe(true);
      expect(heap.holds(at + 1, bytes - 1) && !heap.holds(at, bytes + 1)).toBe(true);
      pieces.push([at, bytes]);
    }
    expect(pieces.length).toBeGreaterThan(10);
    for (const [at, bytes] of pieces) heap.give(at, bytes);
    expect(heap.take(999_000)).toBe(128);
    heap.extend(2_000_000);
    expect(heap.take(999_000)).toBeGreaterThan(999_000);
  });
});

describe('what cannot be worked on is an error that says what to do', () => {
  const message = (call: () => unknown) => {
    try {
      return call();
    } catch (error) {
      expect(error).toBeInstanceOf(FocalLossError);
      return String(error);
    }
  };
  const run = compile(sigmoidFocal({ reduction: 'none' }));

  it.each(['logits', 'targets', 'weights', 'grad', 'value'] as const)('%s whose memory was freed', (field) => {
    const given = { logits, targets: hard, weights, grad: new Float32Array(n), value: new Float32Array(n) };
    const gone = field === 'targets' ? allocate(Uint8Array, n + 1) : allocate(Float32Array, n + 1);
    const part = gone.subarray(1);
    free(gone);
    const all = { ...given, [field]: part };
    const text = message(() =>
      run.valueAndGrad(all.logits, all.targets, all && { weights: all.weights, grad: all.grad, value: all.value }),
    );
    expect(text).toContain(`${field} got "an array whose memory was freed`);
    expect(text).toContain('allocate() another');
  });

  it.each(['logits', 'targets', 'weights', 'grad'] as const)('%s that were transferred away', (field) => {
    const given = { logits, targets: hard, weights, grad: new Float32Array(n) };
    const gone = new Float32Array(n);
    structuredClone(gone, { transfer: [gone.buffer] });
    const all = { ...given, [field]: gone };
    const text = message(() => run.valueAndGrad(all.logits, all.targets, { weights: all.weights, grad: all.grad }));
    expect(text).toContain(`${field} got "an array whose memory has gone elsewhere`);
  });

  it('a view of another WebAssembly memory that has grown, which had been a batch without entries', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const [x, y] = [new Float32Array(memory.buffer, 0, 8), new Uint8Array(memory.buffer, 64, 8)];
    // As long as it has not, it is an array like any other.
    expect(run.value(x, y)).toEqual(run.value(new Float32Array(8), new Uint8Array(8)));
    memory.grow(1);
    expect(message(() => run.value(x, y))).toContain('a WebAssembly memory has grown');
    expect(run.value(new Float32Array(0), [])).toHaveLength(0);
  });

  it('a view that reaches beyond what was allocated', () => {
    const own = allocate(Float32Array, 16);
    const beyond = new Float32Array(own.buffer, own.byteOffset, 17);
    expect(message(() => run.value(beyond, new Uint8Array(17)))).toContain('reaches beyond what allocate() gave');
  });

  it.each([
    [
      'twice',
      function twice(own: Float32Array) {
        free(own);
        return own;
      },
    ],
    ['of a part', (own: Float32Array) => own.subarray(1)],
    ['of an array from elsewhere', () => new Float32Array(4)],
    ['of what is no array', () => 'array' as never],
  ])('free %s', (_, made) => {
    const own = allocate(Float32Array, 4);
    expect(message(() => free(made(own)))).toMatch(
      /^FocalLossError: free: array got .*takes an array that allocate\(\) made/,
    );
  });

  it.each([
    ['kind', 'Float32Array' as never, 4],
    ['kind', DataView as never, 4],
    ['length', Float32Array, -1],
    ['length', Float32Array, 1.5],
    ['length', Float32Array, '4' as never],
    ['length', Float32Array, 2 ** 31],
    ['length', Float64Array, 2 ** 29 - 1],
  ])('%s of allocate', (field, kind, length) => {
    expect(message(() => allocate(kind as typeof Float32Array, length))).toContain(`allocate: ${field} got`);
  });

  it('losses into what cannot hold them', () => {
    const sum = compile(sigmoidFocal());
    const into = (value: unknown) => ({ value }) as never;
    expect(message(() => sum.value(logits, hard, into(new Float32Array(1))))).toContain(
      "reduction 'mean' gives one number",
    );
    expect(message(() => run.value(logits, hard, into(new Float32Array(3))))).toContain(
      `a Float32Array of length ${n}`,
    );
    expect(message(() => run.value(logits, hard, into(new Float64Array(n))))).toContain(
      `a Float32Array of length ${n}`,
    );
    expect(message(() => run.value(logits, hard, into(logits)))).toContain('overlaps no other array of the call');
  });

  it('no array is nothing to free, and nothing that must be', () => {
    const none = allocate(Float32Array, 0);
    expect(none).toHaveLength(0);
    free(none);
  });
});

describe('where memory is not shared', () => {
  const fresh = async (): Promise<typeof import('../src/index.ts')> => {
    vi.resetModules();
    return import('../src/index.ts');
  };

  it('arrays lie in one that never grows, as that would detach them; when it is full there is another', async () => {
    vi.stubGlobal('crossOriginIsolated', false);
    const { allocate, compile, free } = await fresh();
    const [X, T, G] = [ours(logits, 1, allocate), ours(hard, 0, allocate), ours(logits, 0, allocate)];
    expect(X.buffer).toBeInstanceOf(ArrayBuffer);
    expect(T.buffer).toBe(X.buffer);
    const run = compile(sigmoidFocal());
    const want = run.valueAndGrad(logits, hard);
    expectSame(run.valueAndGrad(X, T, { grad: G }), want);
    const elsewhere = allocate(Float32Array, 5_000_000).subarray(0, n);
    expect(elsewhere.buffer).not.toBe(X.buffer);
    expectSame(X, logits);
    // From one memory to the other numbers are copied.
    expectSame(run.valueAndGrad(X, T, { grad: elsewhere }), want);
    elsewhere.set(logits);
    expectSame(run.valueAndGrad(elsewhere, T, { grad: G }), want);
    const last = allocate(Float32Array, 10);
    free(last);
    expect(() => run.value(last, new Uint8Array(10))).toThrow('whose memory was freed');
    expect(() => free(last)).toThrow('which has not been freed');
    expect(allocate(Float32Array, 10).byteOffset).toBe(last.byteOffset);
  });

  it('and without WebAssembly they are ordinary arrays', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    const { allocate, compile } = await fresh();
    const X = ours(logits, 0, allocate);
    expect(X.buffer.byteLength).toBe(4 * (n + 3));
    expect(compile(sigmoidFocal()).value(X, hard)).toBe(
      compile(sigmoidFocal(), { engine: 'javascript' }).value(logits, hard),
    );
  });

  it.each([
    ['WebAssembly', 'which free() had not taken for its own'],
    ['FinalizationRegistry', 'where the package could not even be imported, as in workerd'],
  ])('without %s they are freed like others, %s', async (name) => {
    vi.stubGlobal(name, undefined);
    const { allocate, compile, free } = await fresh();
    const [X, Y] = [ours(logits, 0, allocate), ours(hard, 2, allocate)];
    const run = compile(sigmoidFocal());
    expect(run.value(X, Y)).toBe(run.value(logits, hard));
    expect(() => free(X)).toThrow('nor is a part of another');
    const whole = allocate(Float64Array, 3);
    free(whole);
    expect(() => free(whole)).toThrow('which has not been freed');
    expect(() => run.value(whole, [0, 1, 0])).toThrow('whose memory was freed');
    expect(allocate(Float32Array, 0).length).toBe(0);
  });
});
