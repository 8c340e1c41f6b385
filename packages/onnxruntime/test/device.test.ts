/**
 * Tensors on the GPU, without one: a runtime that says it is onnxruntime-web on WebGPU and runs the graphs on the processor, on what
 * the tensors stand for. `docs/test/mining.test.ts` runs the same in Chromium.
 */
import { factories, type Loss, posterior, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { compile, type DeviceTensor, type PreferredOutputLocation } from '../src/index.ts';
import { waves } from './ready.ts';

/** A tensor that is on no GPU. */
class Buffer implements DeviceTensor {
  readonly dims: readonly number[];
  readonly type: string;
  location = 'gpu-buffer';
  readonly held: ort.Tensor;
  constructor(held: ort.Tensor) {
    [this.held, this.type, this.dims] = [held, held.type, held.dims];
  }
}
const float = (values: ArrayLike<number>, dims: readonly number[] = [values.length]) =>
  new Buffer(new ort.Tensor('float32', Float32Array.from(values), dims));
const int = (values: ArrayLike<number>, dims: readonly number[] = [values.length]) =>
  new Buffer(new ort.Tensor('int32', Int32Array.from(values), dims));

const opened: PreferredOutputLocation[] = [];
const runtime = {
  Tensor: ort.Tensor,
  env: { versions: { web: '1.30.0' } },
  InferenceSession: {
    async create(model: Uint8Array, { preferredOutputLocation, ...options }: ort.InferenceSession.SessionOptions) {
      if (preferredOutputLocation !== undefined) opened.push(preferredOutputLocation as PreferredOutputLocation);
      const session = await ort.InferenceSession.create(model, { ...options, executionProviders: ['cpu'] });
      return {
        release: () => session.release(),
        async run(feeds: Record<string, ort.Tensor | Buffer>) {
          const entries = Object.entries(feeds).map(([name, one]) => [name, one instanceof Buffer ? one.held : one]);
          const out = await session.run(Object.fromEntries(entries) as Record<string, ort.Tensor>);
          const stays = (name: string) =>
            typeof preferredOutputLocation === 'string'
              ? preferredOutputLocation === 'gpu-buffer'
              : (preferredOutputLocation as Record<string, string> | undefined)?.[name] === 'gpu-buffer';
          return Object.fromEntries(
            Object.entries(out).map(([name, one]) => [name, stays(name) ? new Buffer(one) : one]),
          );
        },
      };
    },
  },
};
const options = { runtime, executionProviders: ['webgpu'], sessionOptions: { logSeverityLevel: 3 } } as const;
const message = (promise: Promise<unknown>) => promise.then(() => 'nothing was thrown', String);
const numbers = (got: unknown) => (typeof got === 'number' ? [got] : Array.from(got as Float32Array));

function near(got: unknown, truth: unknown) {
  const right = numbers(truth);
  const most = Math.max(...right.map(Math.abs));
  expect(numbers(got)).toHaveLength(right.length);
  numbers(got).forEach((one, i) => {
    expect(Math.abs(one - right[i]), `[${i}]`).toBeLessThanOrEqual(2e-6 * Math.abs(right[i]) + 3e-7 * most);
  });
}

const [ROWS, CLASSES] = [6, 4];
const logits = waves(ROWS * CLASSES);

/** Of each member one reduction, so that each has some. */
const cases = (Object.keys(factories) as (keyof typeof factories)[]).map(
  (name, i) => [name, (['mean', 'none', 'example'] as const)[i % 3]] as const,
);
it.each(cases)('%s, %s', async (name, reduction) => {
  const loss = factories[name]({ reduction }) as Loss;
  const shape = [ROWS, CLASSES];
  const softmax = loss.link === 'softmax';
  const entries = softmax ? [ROWS] : shape;
  const labels = Array.from({ length: softmax ? ROWS : ROWS * CLASSES }, (_, i) => (softmax ? i % 3 : +(i % 5 < 2)));
  const weights = softmax ? waves(ROWS).map(Math.abs) : waves(CLASSES).map(Math.abs);
  const targets = loss.targets === 'class' ? int(labels, entries) : float(labels, entries);
  const run = await compile(loss, options);
  const x = float(logits, shape);
  const truth = reference(loss).valueGradHess(logits, labels, { shape });
  const got = await run.valueGradHess(x, targets);
  for (const part of ['value', 'grad', 'hess'] as const) near(got[part], truth[part]);
  near(await run.value(x, labels), truth.value);
  const weighted = reference(loss).value(logits, labels, { shape, weights, weightsShape: [weights.length] });
  // An array has one weight for each target.
  const each = softmax ? weights : labels.map((_, i) => weights[i % CLASSES]);
  for (const of of [float(weights), each]) near(await run.value(x, targets, { weights: of }), weighted);
  await run.dispose();
});

it('denominators are counted in the graph, or given', async () => {
  const loss = sigmoidFocal({ normalizer: 'positives', ignoreIndex: 2 });
  const labels = [1, 0, 2, 0, 1, 2];
  const x = waves(6);
  const run = await compile(loss, options);
  for (const normalizer of [undefined, 7]) {
    const truth = reference(loss).valueAndGrad(x, labels, { normalizer });
    for (const targets of [float(labels), labels]) {
      const got = await run.valueAndGrad(float(x), targets, { normalizer });
      near(got.value, truth.value);
      near(got.grad, truth.grad);
    }
  }
  await run.dispose();
});

it('the classes lie along any axis, of probabilities too, and posteriors are told', async () => {
  const loss = softmaxFocal({ reduction: 'none' });
  const shape = [2, 3, 4];
  const x = waves(24);
  const rows = waves(24).map((one) => one * one);
  for (const inner of [0, 1, 2, 3]) {
    for (const outer of [0, 12]) {
      const at = [0, 4, 8].map((step) => outer + step + inner);
      const sum = at.reduce((all, i) => all + rows[i], 0);
      for (const i of at) rows[i] /= sum;
    }
  }
  const run = await compile(loss, { ...options, axis: 1 });
  const truth = reference(loss).valueAndGrad(x, rows, { shape, axis: 1 });
  const got = await run.valueAndGrad(float(x, shape), float(rows, shape));
  near(got.value, truth.value);
  near(got.grad, truth.grad);
  near(await run.posterior(float(x, shape)), posterior(loss)(x, { shape, axis: 1 }));
  await run.dispose();
});

it('results stay on the GPU where they are told to, and nowhere else', async () => {
  opened.length = 0;
  const run = await compile(sigmoidFocal(), { ...options, preferredOutputLocation: { grad: 'gpu-buffer' } });
  const x = float([1, -2]);
  const { value, grad } = await run.valueAndGrad(x, [1, 0]);
  expect(value).toBeTypeOf('number');
  expect(grad).toBeInstanceOf(Buffer);
  near((grad as unknown as Buffer).held.data, reference(sigmoidFocal()).valueAndGrad([1, -2], [1, 0]).grad);
  expect(opened).toEqual([{ grad: 'gpu-buffer' }]);
  // Arrays get arrays back.
  expect((await run.valueAndGrad([1, -2], [1, 0])).grad).toBeInstanceOf(Float32Array);
  expect(opened).toHaveLength(1);
  await run.dispose();
});

it('of nothing the value is 0', async () => {
  const run = await compile(sigmoidFocal(), options);
  expect(await run.valueAndGrad(float([]), float([]))).toEqual({ value: 0, grad: new Float32Array(0) });
  await run.dispose();
});

it('a target that is none is NaN where nobody can look, and else an error', async () => {
  const run = await compile(sigmoidFocal({ reduction: 'none' }), options);
  const bad = [1, 2, 0];
  expect(numbers(await run.value(float([1, 1, 1]), float(bad))).map(Number.isNaN)).toEqual([false, true, false]);
  expect(await message(run.value(float([1, 1, 1]), bad))).toMatch(/targets\[1\] got 2/);
  await run.dispose();
});

describe('what is wrong with a tensor is said', () => {
  const disposed = float([1, 2]);
  disposed.location = 'none';
  const onProcessor = new ort.Tensor('float32', Float32Array.of(1, 2), [2]);
  const x = float([1, 2]);
  const rows = float(waves(6), [2, 3]);
  const [sigmoid, softmax] = [compile(sigmoidFocal(), options), compile(softmaxFocal(), options)];
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['disposed', async () => (await sigmoid).value(disposed, [1, 0]), /logits got "a disposed tensor"/],
    ['elsewhere', async () => (await sigmoid).value(onProcessor, [1, 0]), /logits got "a tensor with location 'cpu'"/],
    [
      'of another type',
      async () => (await sigmoid).value(int([1, 2]), [1, 0]),
      /a tensor of int32", takes a tensor of f/,
    ],
    [
      'indices of float',
      async () => (await softmax).value(rows, float([0, 1])),
      /targets got .* takes a tensor of int32/,
    ],
    [
      'of other dims',
      async () => (await sigmoid).value(x, float([1, 0, 1])),
      /targets got .*\[3\]", takes one of dims \[2\]/,
    ],
    [
      'rows of too few axes',
      async () => (await softmax).value(x, int([0])),
      /logits got .*\[2\]", takes .*\[rows, classes\]/,
    ],
    [
      'weights that do not fit',
      async () => (await sigmoid).value(x, [1, 0], { weights: float([1, 2, 3]) }),
      /weightsShape/,
    ],
    ['beside an array', async () => (await sigmoid).value([1, 2], float([1, 0]) as never), /targets got "a tensor"/],
    ['with a shape', async () => (await sigmoid).value(x, [1, 0], { shape: [2] } as never), /shape/],
    ['posterior', async () => (await sigmoid).posterior(disposed), /logits got "a disposed tensor"/],
  ])('%s', async (_, call, said) => {
    const text = await message(call());
    expect(text).toMatch(/^FocalLossError/);
    expect(text).toMatch(said);
  });

  it('where the provider computes elsewhere', async () => {
    const run = await compile(sigmoidFocal(), { runtime: ort });
    expect(await message(run.value(x, [1, 0]))).toMatch(/an array with onnxruntime-node and provider 'cpu'/);
    await run.dispose();
    const stays = { runtime: ort, preferredOutputLocation: 'gpu-buffer' } as const;
    expect(await message(compile(sigmoidFocal(), stays))).toMatch(
      /preferredOutputLocation got "gpu-buffer", takes 'cpu'/,
    );
    expect(await message(compile(sigmoidFocal(), { runtime: ort, preferredOutputLocation: 'moon' as never }))).toMatch(
      /preferredOutputLocation got "moon"/,
    );
    const inside = { preferredOutputLocation: 'gpu-buffer' };
    expect(await message(compile(sigmoidFocal(), { runtime: ort, sessionOptions: inside }))).toMatch(/one of compile/);
  });
});
