/** Sums over a row. ONNX Runtime on WebAssembly adds one number after the other: in float32, equal ones lose half an ulp each. */
import { defineLoss, type Loss, reference, softmaxCrossEntropy } from '@focal-loss/core';
import * as node from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { expect, it } from 'vitest';
import { buildModel, compile } from '../src/index.ts';

web.env.wasm.numThreads = 1;
const [rows, classes] = [6, 251];
const shape = [rows, classes];
const logits = Float32Array.from({ length: rows * classes }, (_, i) => [0.3, -7.31, 5.77][Math.floor(i / classes) % 3]);
const targets = Int32Array.from({ length: rows }, (_, i) => (37 * i) % classes);

/** The worst error of cross-entropy in these rows: relative, and of a gradient p − y to p + y. */
function worst(loss: Loss, got: { value: ArrayLike<number>; grad: ArrayLike<number> }) {
  const truth = reference(loss).valueAndGrad(logits, targets, { shape });
  const p = 1 / classes;
  const y = (i: number) => (i % classes === targets[Math.floor(i / classes)] ? 1 : 0);
  const smooth = (y: number) => y * (1 - loss.labelSmoothing) + loss.labelSmoothing / classes;
  return Math.max(
    ...Array.from(truth.value as Float64Array, (v, i) => Math.abs(got.value[i] - v) / v),
    ...Array.from(truth.grad, (g, i) => Math.abs(got.grad[i] - g) / (p + smooth(y(i)))),
  );
}

const losses = [0, 0.1].map((labelSmoothing) => softmaxCrossEntropy({ labelSmoothing, reduction: 'none' }));

it.each(losses)(
  'rows of 251 equal logits were off by 3.4e-6, and 6.4e-6 with smoothed targets, in WebAssembly',
  async (loss) => {
    const run = await compile(loss, { runtime: web });
    const got = await run.valueAndGrad(logits, targets, { shape });
    await run.dispose();
    expect(worst(loss, got as { value: Float32Array; grad: Float32Array })).toBeLessThanOrEqual(1e-6);
  },
);

it.each(losses)('and so where the provider of onnxruntime-web is called cpu', async (loss) => {
  const run = await compile(loss, { runtime: web, executionProviders: ['cpu'] });
  const got = await run.valueAndGrad(logits, targets, { shape });
  await run.dispose();
  expect(worst(loss, got as { value: Float32Array; grad: Float32Array })).toBeLessThanOrEqual(1e-6);
});

it.each(losses)('and so in a model with summedAtOnce, there and in Node.js', async (loss) => {
  const model = buildModel(loss, { grad: true, shape, index: 'int32', summedAtOnce: 16 });
  for (const ort of [node, web]) {
    const session = await ort.InferenceSession.create(model);
    const feeds = {
      logits: new ort.Tensor('float32', logits, shape),
      targets: new ort.Tensor('int32', targets, [rows]),
    };
    const { value, grad } = await session.run(feeds as never);
    const got = { value: value.data as Float32Array, grad: grad.data as Float32Array };
    await session.release();
    expect(worst(loss, got)).toBeLessThanOrEqual(1e-6);
  }
});

it('a loss that is small where its class is far below the others had lost what rounding took from the distance', async () => {
  const loss = defineLoss({
    name: 'bump',
    link: 'softmax',
    formula: (o, x) => o.mul(o.sigmoid(x), o.sigmoid(o.neg(x))),
    reduction: 'none',
  });
  const logits = Float32Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 20 + i / 37 : -29 - i / 41));
  const targets = new Int32Array(200).fill(1);
  const run = await compile(loss, { runtime: node });
  const got = await run.value(logits, targets, { shape: [200, 2] });
  await run.dispose();
  const truth = reference(loss).value(logits, targets, { shape: [200, 2] }) as Float64Array;
  const errors = Array.from(truth, (v, i) => Math.abs((got as Float32Array)[i] - v) / v);
  expect(Math.max(...errors)).toBeLessThanOrEqual(1e-6);
});
