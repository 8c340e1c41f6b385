import { fromBinary } from '@bufbuild/protobuf';
import {
  factories,
  type Loss,
  qualityFocal,
  reference,
  sigmoidFocal,
  sigmoidFocalStar,
  softmaxFocal,
} from '@focal-loss/core';
import { type ModelProto, ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../src/index.ts';
import { float32, float64, int64, run, session, waves } from './ready.ts';

const decode = (bytes: Uint8Array): ModelProto => fromBinary(ModelProtoSchema, bytes);

describe('a model, read by a decoder that shares nothing with the writer', () => {
  const model = decode(buildModel(sigmoidFocal({ gamma: 1.5, alpha: 0.25 }), { grad: true, weights: true, opset: 21 }));

  it('is one operation for the value and one for the gradient, with the parameters as attributes', () => {
    const own = model.graph?.node.filter(({ domain }) => domain === 'focal.loss') ?? [];
    expect(own.map(({ opType }) => opType)).toEqual(['SigmoidFocal', 'SigmoidFocalGrad']);
    for (const { attribute } of own) {
      expect(attribute.map(({ name, f }) => [name, f])).toEqual([
        ['gamma', 1.5],
        ['alpha', 0.25],
        ['one_minus_alpha', 0.75],
      ]);
    }
  });

  it('says what they mean, in functions of the opset of the model', () => {
    expect(model.functions.map(({ name, domain, attribute }) => [domain, name, attribute])).toEqual([
      ['focal.loss', 'SigmoidFocal', ['gamma', 'alpha', 'one_minus_alpha']],
      ['focal.loss', 'SigmoidFocalGrad', ['gamma', 'alpha', 'one_minus_alpha']],
    ]);
    for (const { opsetImport, node } of model.functions) {
      expect(opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', 21]]);
      // Inlined twice, named nodes would clash.
      expect(node.every(({ name }) => name === '')).toBe(true);
    }
  });

  it('has inputs and outputs of symbolic sizes, and is of the version of the format that its opset came with', () => {
    const shapes = [...(model.graph?.input ?? []), ...(model.graph?.output ?? [])].map(({ name, type }) => {
      if (type?.value.case !== 'tensorType') return [name];
      return [name, type.value.value.shape?.dim.map(({ value }) => value.value)];
    });
    expect(shapes).toEqual([
      ['logits', ['n']],
      ['targets', ['n']],
      ['weights', ['n']],
      ['value', []],
      ['grad', ['n']],
    ]);
    expect(Number(model.irVersion)).toBe(10);
    expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([
      ['', 21],
      ['focal.loss', 1],
    ]);
  });

  it('writes an exponent that float32 does not have in two attributes, and in float64 as a tensor', () => {
    const attributes = (dtype: 'float32' | 'float64') =>
      decode(buildModel(sigmoidFocal({ gamma: 0.1 }), { dtype })).graph?.node.find(({ domain }) => domain !== '')
        ?.attribute;
    const [high, low] = attributes('float32') ?? [];
    expect([high.name, low.name]).toEqual(['gamma', 'gamma_low']);
    expect(high.f + low.f).toBeCloseTo(0.1, 14);
    expect(low.f).toBeGreaterThan(0);
    const [tensor] = attributes('float64') ?? [];
    expect(new Float64Array(Uint8Array.from(tensor.t?.rawData ?? []).buffer)[0]).toBe(0.1);
  });
});

it('a parameter edited in the file is another loss', async () => {
  const model = decode(buildModel(sigmoidFocal({ gamma: 2, reduction: 'none' })));
  const attribute = model.graph?.node.find(({ domain }) => domain !== '')?.attribute[0];
  if (attribute) attribute.f = 3.5;
  const { toBinary } = await import('@bufbuild/protobuf');
  const [logits, targets] = [waves(9), waves(9).map((x) => (x > 3 ? 1 : 0))];
  const { value } = await run(toBinary(ModelProtoSchema, model), {
    logits: float32(logits),
    targets: float32(targets),
  });
  near(value, reference(sigmoidFocal({ gamma: 3.5, reduction: 'none' })).value(logits, targets) as Float64Array, 1e-6);
});

function near(got: ArrayLike<number>, truth: ArrayLike<number>, tolerance: number) {
  expect(got).toHaveLength(truth.length);
  for (let i = 0; i < truth.length; i++) {
    expect(Math.abs(got[i] - truth[i]), `[${i}]: ${got[i]}, not ${truth[i]}`).toBeLessThanOrEqual(
      tolerance * Math.abs(truth[i]),
    );
  }
}

const weights = [1, 0, 2, 0.5, 1, 3, 0, 1, 1, 0.25, 1, 2];
const sigmoidTargets = [0, 1, 0.25, 255, 1, 0, 0, 255, 0.75, 1, 0, 1];
const softmaxTargets = [0, 1, 2, -100, 1, 0, 2, -100, 1, 1, 0, 2];

describe('what the graph does by itself, denominators included, is what core does', () => {
  const losses: [string, Loss][] = (['mean', 'sum', 'none'] as const).flatMap((reduction) =>
    (reduction === 'mean' ? (['count', 'positives', 'weights'] as const) : [undefined]).flatMap(
      (normalizer): [string, Loss][] => {
        const common = { reduction, ...(normalizer && { normalizer }) };
        return [
          [`sigmoid ${reduction} ${normalizer ?? ''}`, sigmoidFocal({ alpha: 0.25, ignoreIndex: 255, ...common })],
          [
            `softmax ${reduction} ${normalizer ?? ''}`,
            softmaxFocal({ alpha: [0.5, 0, 2], ignoreIndex: -100, background: 0, ...common }),
          ],
        ];
      },
    ),
  );
  it.each(losses)('%s', async (_, loss) => {
    const softmax = loss.link === 'softmax';
    const [logits, targets] = softmax ? [waves(36), softmaxTargets] : [waves(12), sigmoidTargets];
    const shape = softmax ? [12, 3] : [12];
    for (const [i, opset] of [11, 12, 13, 17, 21, 23, 25, 26].entries()) {
      // Weights every other time, and at the usual opset both.
      for (const given of opset === 17 ? [undefined, weights] : [i % 2 === 0 ? weights : undefined]) {
        const truth = reference(loss).valueAndGrad(logits, targets, { shape, weights: given });
        const model = buildModel(loss, { grad: true, weights: given !== undefined, opset });
        const out = await run(model, {
          logits: float32(logits, shape),
          targets: softmax ? int64(targets) : float32(targets),
          ...(given && { weights: float32(given) }),
        });
        near(
          out.value,
          [truth.value].flat().flatMap((v) => (typeof v === 'number' ? [v] : Array.from(v))),
          1e-6,
        );
        near(out.grad, truth.grad, 1e-6);
      }
    }
  });

  it('in float64, and with a denominator from outside', async () => {
    const loss = qualityFocal({ beta: 1.3 });
    const [logits, targets] = [waves(8), [0, 1, 0.5, 0.25, 1, 0, 0.125, 1]];
    const truth = reference(loss).valueAndGrad(logits, targets, { normalizer: 21 });
    const model = buildModel(loss, { grad: true, normalizer: true, dtype: 'float64' });
    const out = await run(model, { logits: float64(logits), targets: float64(targets), normalizer: float64([21], []) });
    near(out.value, [truth.value as number], 1e-14);
    near(out.grad, truth.grad, 1e-12);
  });

  it('in any shape', async () => {
    const loss = sigmoidFocal({ reduction: 'none' });
    const [logits, targets] = [waves(24), waves(24).map((x) => (x > 0 ? 1 : 0))];
    const model = buildModel(loss, { shape: ['batch', 3, 'width'] });
    const out = await run(model, { logits: float32(logits, [2, 3, 4]), targets: float32(targets, [2, 3, 4]) });
    near(out.value, reference(loss).value(logits, targets) as Float64Array, 1e-6);
  });

  it.each([11, 13, 17, 25, 26])('of nothing the mean is 0, and so is its gradient (opset %i)', async (opset) => {
    const model = buildModel(sigmoidFocal({ ignoreIndex: 255 }), { grad: true, opset });
    const out = await run(model, { logits: float32([1, 2]), targets: float32([255, 255]) });
    expect(out).toEqual({ value: [0], grad: [0, 0] });
    const empty = await run(model, { logits: float32([]), targets: float32([]) });
    expect(empty).toEqual({ value: [0], grad: [] });
  });
});

describe('what is wrong never becomes a number', () => {
  it('a target outside [0, 1], or NaN', async () => {
    const model = buildModel(sigmoidFocal({ reduction: 'none', ignoreIndex: 255 }), { grad: true });
    const targets = float32([-0.1, 1.1, Number.NaN, 255, 1]);
    const { value, grad } = await run(model, { logits: float32([1, 2, 3, Number.NaN, 5]), targets });
    expect(value.map(Number.isNaN)).toEqual([true, true, true, false, false]);
    expect(grad.map(Number.isNaN)).toEqual([true, true, true, false, false]);
  });
  it('an index that is no class', async () => {
    const model = buildModel(softmaxFocal({ reduction: 'none' }), { grad: true });
    const { value, grad } = await run(model, { logits: float32(waves(9), [3, 3]), targets: int64([3, -1, 2]) });
    expect(value.map(Number.isNaN)).toEqual([true, true, false]);
    expect(grad.slice(0, 6).every((g) => Number.isNaN(g))).toBe(true);
    expect(grad.slice(6).some((g) => Number.isNaN(g))).toBe(false);
  });
  it('a negative weight', async () => {
    const model = buildModel(sigmoidFocal({ reduction: 'none' }), { weights: true });
    const feeds = { logits: float32([1, 2, 3]), targets: float32([1, 0, 1]), weights: float32([-1, Number.NaN, 0]) };
    expect((await run(model, feeds)).value).toEqual([Number.NaN, Number.NaN, 0]);
  });
});

describe('no finite logit gives NaN, however large', () => {
  const huge = [3e38, -3e38, 1e38, -1e38, 1e30, -1e30, 0, 100, -100];
  it.each([
    sigmoidFocal({ gamma: 5, reduction: 'none' }),
    sigmoidFocalStar({ gamma: 5, reduction: 'none' }),
    qualityFocal({ beta: 0.5, reduction: 'none' }),
  ])('$name', async (loss) => {
    for (const y of [0, 1, 0.5]) {
      const out = await run(buildModel(loss, { grad: true }), {
        logits: float32(huge),
        targets: float32(huge.map(() => y)),
      });
      expect([...out.value, ...out.grad].some((v) => Number.isNaN(v))).toBe(false);
    }
  });
  it('softmax', async () => {
    const rows = huge.flatMap((a) => huge.flatMap((b) => huge.map((c) => [a, b, c])));
    const model = buildModel(softmaxFocal({ gamma: 0.5, reduction: 'none' }), { grad: true });
    for (const t of [0, 1, 2]) {
      const out = await run(model, {
        logits: float32(rows.flat(), [rows.length, 3]),
        targets: int64(rows.map(() => t)),
      });
      expect([...out.value, ...out.grad].some((v) => Number.isNaN(v))).toBe(false);
    }
  });
});

it('a softmax reads class indices of either width', async () => {
  const loss = softmaxFocal({ reduction: 'sum' });
  const { Tensor } = await import('onnxruntime-node');
  const targets = new Tensor('int32', Int32Array.of(2, 0), [2]);
  const { value } = await run(buildModel(loss, { index: 'int32' }), { logits: float32(waves(6), [2, 3]), targets });
  near(value, [reference(loss).value(waves(6), [2, 0], { shape: [2, 3] }) as number], 1e-6);
});

it('sums of ten million float32 losses keep six digits, where ONNX Runtime alone keeps three', async () => {
  const n = 10_000_000;
  const { Tensor } = await import('onnxruntime-node');
  const logits = new Float32Array(n).map((_, i) => 4 * Math.sin(i) - 2);
  const feeds = {
    logits: new Tensor('float32', logits, [n]),
    targets: new Tensor('float32', new Float32Array(n), [n]),
  };
  const opened = await session(buildModel(sigmoidFocal(), { checked: false }));
  const got = Number((await opened.run(feeds)).value.data[0]);
  await opened.release();
  // The integrand is smooth and the phases are spread evenly: a hundred thousand of them are enough.
  const few = Float64Array.from({ length: 100_000 }, (_, i) => Math.fround(4 * Math.sin(i) - 2));
  expect(got).toBeCloseTo(reference(sigmoidFocal()).value(few, new Float64Array(few.length)) as number, 4);
});

describe('operations', () => {
  /** Those with a CUDA kernel in ONNX Runtime for each version their schema has between opset 13 and 25. */
  const everywhere = new Set(
    `Abs Add And Ceil Clip Constant CumSum Div Exp Gather GatherElements Greater Less LessOrEqual Log Max Min Mul Neg
     Pow ReduceMean ReduceSum Relu ScatterElements Slice Softmax Sqrt Sub Where`.split(/\s+/),
  );
  const losses = [
    sigmoidFocal({ alpha: 0.25, ignoreIndex: 255 }),
    sigmoidFocalStar({ normalizer: 'positives' }),
    qualityFocal(),
    softmaxFocal({ alpha: [1, 0], ignoreIndex: -1, background: 0, normalizer: 'positives' }),
    softmaxFocal({ labelSmoothing: 0.1, reduction: 'example' }),
    ...Object.values(factories).map((make) => make({ reduction: 'none' })),
  ] as Loss[];
  it.each([12, 13, 17, 21, 23, 24, 25])('are only those that CUDA has at opset %i', (opset) => {
    // Cast has kernels up to 23. It is used for sums in float64, and around float16. ReduceMax and ReduceMin were revised in
    // 20, Squeeze and Unsqueeze in 21, HardSigmoid in 22.
    const allowed = new Set([
      ...everywhere,
      ...(opset < 24 ? ['Cast'] : []),
      ...(opset < 22 ? ['HardSigmoid'] : []),
      ...(opset < 21 ? ['Squeeze', 'Unsqueeze'] : []),
      ...(opset < 20 ? ['ReduceMax', 'ReduceMin'] : []),
    ]);
    for (const loss of losses) {
      for (const dtype of ['float32', 'float64'] as const) {
        const models = [{ grad: true, hess: true, weights: true }, {}].map((more) =>
          decode(buildModel(loss, { ...more, opset, dtype })),
        );
        const nodes = models.flatMap(({ graph, functions }) => [
          ...(graph?.node ?? []),
          ...functions.flatMap(({ node }) => node),
        ]);
        const used = nodes.filter(({ domain }) => domain === '').map(({ opType }) => opType);
        expect(used.filter((op) => !allowed.has(op))).toEqual([]);
      }
    }
  });
});

it('float16 computes in float32, the gradient too', async () => {
  const { Tensor } = await import('onnxruntime-node');
  const opened = await session(buildModel(sigmoidFocal({ reduction: 'none' }), { dtype: 'float16', grad: true }));
  // 1, −2 and 65504.
  const half = new Tensor('float16', Uint16Array.of(0x3c00, 0xc000, 0x7bff), [3]);
  const { value, grad } = await opened.run({ logits: half, targets: float32([1, 0, 0]) });
  await opened.release();
  expect(value.type).toBe('float32');
  expect(grad.type).toBe('float32');
  near(
    Array.from(value.data as Float32Array),
    reference(sigmoidFocal({ reduction: 'none' })).value([1, -2, 65504], [1, 0, 0]) as Float64Array,
    1e-6,
  );
});

it('logits of no axes are one logit, as for the reference', async () => {
  const loss = sigmoidFocal({ reduction: 'none' });
  const opened = await session(buildModel(loss, { dtype: 'float32', shape: [], grad: true }));
  const { value, grad } = await opened.run({ logits: float32([1.5], []), targets: float32([1], []) });
  await opened.release();
  const truth = reference(loss).valueAndGrad([1.5], [1], { shape: [] });
  expect([value.dims, grad.dims]).toEqual([[], []]);
  near(Array.from(value.data as Float32Array), truth.value as Float64Array, 1e-6);
  near(Array.from(grad.data as Float32Array), truth.grad, 1e-6);
  expect(() => buildModel(loss, { shape: [], axis: 0 })).toThrow(
    /axis got 0, takes nothing: a shape of no axes has none/,
  );
});
