import { defineLoss, type Loss, reference, sigmoidFocal, sigmoidFocalStar, softmaxFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it, vi } from 'vitest';
import { type CompileOptions, compile, type OnnxLoss, type RunOptions } from '../src/index.ts';
import { waves } from './ready.ts';
import { message, quiet, using } from './using.ts';

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => Buffer.from(buffer, byteOffset, byteLength);

describe('errors name the argument, what it got and what it takes', () => {
  const sigmoid = compile(sigmoidFocal(), quiet);
  const softmax = compile(softmaxFocal({ alpha: [1, 2, 3] }), quiet);
  const x = new Float32Array([1, 2, 3]);
  type Call = [string, (run: OnnxLoss) => Promise<unknown>];
  const bad =
    (...args: [unknown, unknown, RunOptions?]) =>
    (run: OnnxLoss) =>
      run.valueAndGrad(...(args as Parameters<OnnxLoss['value']>));
  const sigmoidCalls: Call[] = [
    ['logits of another kind', bad(new Int32Array(3), [1, 0, 1])],
    ['too few targets', bad(x, [1, 0])],
    ['a target that is no probability', bad(x, [1, 0, 1.5])],
    ['a target that is no number', bad(x, [1, 0, 'cat'])],
    ['a negative weight', bad(x, [1, 0, 1], { weights: [1, -1, 1] })],
    ['a misspelt option', bad(x, [1, 0, 1], { weigths: [1, 1, 1] } as never)],
    ['a denominator of 0', bad(x, [1, 0, 1], { normalizer: 0 })],
  ];
  it.each(sigmoidCalls)('%s', async (_, call) => {
    expect(await message(call(await sigmoid))).toMatchSnapshot();
  });
  const softmaxCalls: Call[] = [
    ['a softmax without shape', bad(x, [1])],
    ['a class that is none', bad(x, [3], { shape: [1, 3] })],
    ['α for other classes', bad(new Float32Array(2), [1], { shape: [1, 2] })],
  ];
  it.each(softmaxCalls)('%s', async (_, call) => {
    expect(await message(call(await softmax))).toMatchSnapshot();
  });

  it.each<[string, CompileOptions]>([
    ['an unknown option', { executionProvider: 'cpu' } as never],
    ['no provider at all', { executionProviders: [] }],
    ['a provider that there is not', { executionProviders: ['abacus'] }],
    ['strict that is no answer', { strict: 'yes' as never }],
    ['opset 10', { opset: 10 }],
    ['a dtype that there is not', { dtype: 'int8' as never }],
    ['a runtime that is none', { runtime: {} }],
  ])('compile: %s', async (_, options) => {
    expect(await message(compile(sigmoidFocal(), { ...quiet, ...options }))).toMatchSnapshot();
  });
});

describe('execution providers', () => {
  const cuda = () => compile(sigmoidFocal(), { ...quiet, executionProviders: ['cuda'] });
  it('cuda where it cannot load is an error that says why and what to do', async (context) => {
    const said = await message(cuda().then((run) => run.dispose()));
    if (said === 'nothing was thrown') return context.skip('CUDA is here');
    expect(said).toMatch(/cuda does not run here: /);
    expect(said).toMatch(/install\.js|nvidia-smi|LD_LIBRARY_PATH|x64/);
  });

  it('the first that works runs, and is named', async () => {
    await using(sigmoidFocal(), { executionProviders: ['abacus', { name: 'cpu' }] }, async (run) => {
      expect(run.executionProvider).toBe('cpu');
      expect(await run.value([0], [1])).toBeCloseTo(0.25 * Math.log(2), 6);
    });
  });

  it('strict forbids that nodes go to the CPU silently, wherever that could be', async () => {
    const create = vi.fn(async (_model: Uint8Array, _options?: object) => ({
      run: async () => ({}),
      release: async () => {},
    }));
    const runtime = { Tensor: ort.Tensor, InferenceSession: { create }, listSupportedBackends() {} };
    for (const [executionProviders, extra] of [
      [['cuda'], { session: { disable_cpu_ep_fallback: '1', other: '2' } }],
      [['cpu'], { session: { other: '2' } }],
    ] as const) {
      const usual = executionProviders[0] === 'cpu' ? { graphOptimizationLevel: 'disabled' } : {};
      await compile(sigmoidFocal(), {
        runtime,
        executionProviders,
        strict: true,
        sessionOptions: { extra: { session: { other: '2' } } },
      });
      expect(create.mock.lastCall?.[1]).toEqual({ executionProviders, extra, ...usual });
    }
  });

  it('finds the runtime that is installed', async () => {
    const run = await compile(sigmoidFocal());
    expect(run.executionProvider).toBe('cpu');
    await run.dispose();
  });
});

describe('arrays', () => {
  const loss = sigmoidFocal({ reduction: 'none', ignoreIndex: 2 });
  it('targets and weights may be of any kind', async () => {
    await using(loss, {}, async (run) => {
      const truth = await run.value([1, -2, 3], [1, 0, 2], { weights: [1, 0, 3] });
      for (const targets of [
        Uint8Array.of(1, 0, 2),
        BigInt64Array.of(1n, 0n, 2n),
        Float64Array.of(1, 0, 2),
        [true, false, 2],
      ]) {
        expect(await run.value([1, -2, 3], targets, { weights: Uint8Array.of(1, 0, 3) })).toEqual(truth);
      }
    });
  });

  it('results are as wide as the dtype, and never narrower than float32', async () => {
    for (const [dtype, Result] of [
      ['float16', Float32Array],
      ['float32', Float32Array],
      ['float64', Float64Array],
    ] as const) {
      await using(loss, { dtype }, async (run) => {
        const { value, grad } = await run.valueAndGrad(Float64Array.of(1, 2), [1, 0]);
        expect([value, grad].every((array) => array instanceof Result)).toBe(true);
      });
    }
  });

  it('a gradient is written where it is wanted, over several chunks', async () => {
    const x = waves(70_000);
    const y = new Uint8Array(x.length);
    for (const dtype of ['float32', 'float64', 'float16'] as const) {
      await using(sigmoidFocal(), { dtype }, async (run) => {
        const grad = dtype === 'float64' ? new Float64Array(x.length) : new Float32Array(x.length);
        const given = await run.valueAndGrad(x, y, { grad });
        expect(given.grad).toBe(grad);
        const again = await run.valueAndGrad(x, y);
        expect(given.value).toBe(again.value);
        expect(bytesOf(given.grad).equals(bytesOf(again.grad))).toBe(true);
        expect(await message(run.valueAndGrad(x, y, { grad: grad.subarray(1) }))).toMatch(/grad got .* takes a Float/);
      });
    }
  });

  it('a view with an offset is read from there', async () => {
    await using(loss, {}, async (run) => {
      const whole = Float32Array.of(9, 1, -2, 9);
      expect(await run.value(whole.subarray(1, 3), [1, 0])).toEqual(await run.value([1, -2], [1, 0]));
    });
  });
});

it('a hundred thousand classes lose no digit', async () => {
  const loss = softmaxFocal({ gamma: 1.5 });
  const classes = 100_000;
  const logits = waves(2 * classes);
  await using(loss, {}, async (run) => {
    const got = await run.valueAndGrad(Float32Array.from(logits), [7, 99_999], { shape: [2, classes] });
    const truth = reference(loss).valueAndGrad(logits, [7, 99_999], { shape: [2, classes] });
    expect(Math.abs(Number(got.value) / Number(truth.value) - 1)).toBeLessThan(1e-6);
    const far = Array.from(truth.grad).findIndex((g, i) => Math.abs(got.grad[i] - g) > 2e-6 * Math.abs(g));
    expect(far).toBe(-1);
  });
});

it('a member of the user own runs on the graph made of its formula, with its parameters as attributes', async () => {
  const loss = defineLoss({
    name: 'poly-1 focal',
    params: { gamma: 2, epsilon: 0.7 },
    reduction: 'none',
    formula: (o, x, _y, { gamma, epsilon }) => {
      const miss = o.sigmoid(o.neg(x));
      const focal = o.mul(o.pow(miss, gamma), o.softplus(o.neg(x)));
      return o.add(focal, o.mul(epsilon, o.pow(miss, o.add(gamma, o.constant(1)))));
    },
  });
  const x = waves(40);
  const y = x.map(() => 1);
  await using(loss, { dtype: 'float64' }, async (run) => {
    const got = await run.valueAndGrad(x, y);
    const truth = reference(loss).valueAndGrad(x, y);
    for (const part of ['value', 'grad'] as const) {
      const [a, b] = [got[part] as ArrayLike<number>, truth[part] as ArrayLike<number>];
      for (let i = 0; i < x.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThanOrEqual(1e-13 * Math.abs(b[i]));
    }
  });
});

it('formulas that are constant, or the logit itself, are graphs too', async () => {
  const formulas: Loss['formula'][] = [
    (o) => o.constant(3),
    (_, x) => x,
    (_, __, y) => y,
    (o, x, _, { gamma }) => o.mul(gamma, x),
    (o, _, __, { gamma }) => o.add(gamma, o.constant(1)),
  ];
  for (const formula of formulas) {
    for (const link of ['sigmoid', 'softmax'] as const) {
      const loss = defineLoss({ name: 'plain', formula, params: { gamma: 2 }, link, reduction: 'none' });
      const given: [number[], number[], RunOptions] =
        link === 'sigmoid' ? [[1, -2, 3, 4], [1, 0, 0.5, 1], {}] : [[1, -2, 3, 4], [1, 0], { shape: [2, 2] }];
      await using(loss, { dtype: 'float64' }, async (run) => {
        const [got, truth] = [
          await run.valueAndGrad(...given),
          reference(loss).valueAndGrad(...(given as [number[], number[], object])),
        ];
        expect(Array.from(got.value as Float64Array)).toEqual(
          Array.from(truth.value as Float64Array, (v) => expect.closeTo(v, 12)),
        );
        expect(Array.from(got.grad)).toEqual(Array.from(truth.grad, (v) => expect.closeTo(v, 12)));
      });
    }
  }
});

it('what NaN or infinite logits do stays in their entries, in a batch of more than one chunk', async () => {
  const loss = sigmoidFocalStar({ gamma: 5, reduction: 'sum', ignoreIndex: 9 });
  const n = 70_000;
  const logits = new Float32Array(n).fill(1);
  const targets = new Float32Array(n).fill(1);
  [logits[3], targets[3]] = [Number.NaN, 9];
  [logits[5], targets[5]] = [-2e38, 1];
  [logits[n - 1], targets[n - 1]] = [Infinity, 1];
  await using(loss, {}, async (run) => {
    const { value, grad } = await run.valueAndGrad(logits, targets);
    expect(Math.abs(Number(value) / 2e38 - 1)).toBeLessThan(1e-6);
    expect([grad[3], grad[5], grad[n - 1]]).toEqual([0, -1, -0]);
    expect(grad[4]).toBeCloseTo(reference(loss).valueAndGrad([1], [1]).grad[0], 7);
  });
});

it('calls that overlap each get their own answer, of whatever loss', async () => {
  const runs = await Promise.all([0, 1, 2].map((gamma) => compile(sigmoidFocal({ gamma }), quiet)));
  const inputs = Array.from({ length: 12 }, (_, i) => waves(100 + 1000 * i, i));
  const answers = await Promise.all(inputs.map((x, i) => runs[i % 3].value(x, new Uint8Array(x.length))));
  for (const [i, x] of inputs.entries()) {
    const truth = reference(sigmoidFocal({ gamma: i % 3 })).value(x, new Uint8Array(x.length)) as number;
    expect(Math.abs(answers[i] / truth - 1)).toBeLessThan(1e-6);
  }
  await Promise.all(runs.map((run) => run.dispose()));
});
