/** Logits narrower than float32: their gradients are not. */
import { create, toBinary } from '@bufbuild/protobuf';
import { fromFloat16Bits, reference, sigmoidFocal, softmaxFocal, toFloat16Bits } from '@focal-loss/core';
import { ModelProtoSchema } from 'onnx-buf';
import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { appendLoss, buildModel, compile } from '../src/index.ts';
import { float32, int64, run, waves } from './ready.ts';

const close = (got: readonly number[], truth: ArrayLike<number>, tolerance = 1e-6) => {
  expect(got).toHaveLength(truth.length);
  const worst = Math.max(...got.map((one, i) => Math.abs(one - truth[i]) / (Math.abs(truth[i]) || 1)));
  expect(worst).toBeLessThanOrEqual(tolerance);
};

describe('of the gradients of a mean over 183,372 float16 logits more than half were 0', () => {
  const n = 183_372;
  const halves = Uint16Array.from(waves(n), (x) => toFloat16Bits(x - 4));
  const logits = Array.from(halves, fromFloat16Bits);
  const targets = logits.map((_, i) => (i % 1000 === 0 ? 1 : 0));
  const feeds = { logits: new Tensor('float16', halves, [n]), targets: float32(targets) };
  const truth = reference(sigmoidFocal()).valueAndGrad(logits, targets);

  it('they are float32 beside float16 logits', async () => {
    const { grad } = await run(buildModel(sigmoidFocal(), { dtype: 'float16', grad: true }), feeds);
    let worst = 0;
    for (let i = 0; i < n; i++) worst = Math.max(worst, Math.abs(grad[i] - truth.grad[i]) / Math.abs(truth.grad[i]));
    expect(worst).toBeLessThanOrEqual(1e-6);
  });

  it('whoever wants them in float16 says so, and sees why not', async () => {
    const model = buildModel(sigmoidFocal(), { dtype: 'float16', grad: true, gradDtype: 'float16' });
    const { grad } = await run(model, feeds);
    expect(grad.map((bits) => fromFloat16Bits(bits)).filter((one) => one !== 0).length).toBeLessThan(n / 2);
  });

  it('compile gives what float16 would have lost', async () => {
    const loss = await compile(sigmoidFocal(), { dtype: 'float16' });
    const { grad } = await loss.valueAndGrad(logits, targets);
    expect(grad.every((one) => one !== 0)).toBe(true);
    await loss.dispose();
  });
});

describe('bfloat16 logits', () => {
  /** scores = x as bfloat16. */
  const model = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 17n }],
      graph: {
        name: 'narrowing',
        node: [
          {
            opType: 'Cast',
            name: 'narrow',
            input: ['x'],
            output: ['scores'],
            attribute: [{ name: 'to', type: 2, i: 16n }],
          },
          {
            opType: 'Cast',
            name: 'widen',
            input: ['scores'],
            output: ['wide'],
            attribute: [{ name: 'to', type: 2, i: 1n }],
          },
        ],
        input: [port('x', 1)],
        output: [port('wide', 1)],
        valueInfo: [port('scores', 16)],
      },
    }),
  );
  const x = waves(12);

  it('are computed in float32, with float32 gradients', async () => {
    const loss = sigmoidFocal({ gamma: 1.5, alpha: 0.3 });
    const appended = appendLoss(model, loss, { logits: 'scores', grad: true });
    const targets = x.map((_, i) => i % 2);
    const out = await run(appended, { x: float32(x, [4, 3]), targets: float32(targets, [4, 3]) });
    expect(out.wide).not.toEqual(x);
    const truth = reference(loss).valueAndGrad(out.wide, targets);
    close(out.loss, [truth.value as number]);
    close(out.grad, truth.grad);
  });

  it('of a softmax, too', async () => {
    const loss = softmaxFocal({ reduction: 'none' });
    const appended = appendLoss(model, loss, { logits: 'scores', grad: true });
    const out = await run(appended, { x: float32(x, [4, 3]), targets: int64([2, 0, 1, 1]) });
    const truth = reference(loss).valueAndGrad(out.wide, [2, 0, 1, 1], { shape: [4, 3] });
    close(out.loss, truth.value as Float64Array);
    close(out.grad, truth.grad);
  });
});

/** A float input or output of shape [batch, 3]. */
function port(name: string, elemType: number) {
  const dim = [
    { value: { case: 'dimParam' as const, value: 'batch' } },
    { value: { case: 'dimValue' as const, value: 3n } },
  ];
  return { name, type: { value: { case: 'tensorType' as const, value: { elemType, shape: { dim } } } } };
}
