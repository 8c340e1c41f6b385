/** Numbers that were wrong once. */
import {
  defineLoss,
  gaussianFocal,
  iouAwareCrossEntropy,
  type Loss,
  qualityFocal,
  reference,
  sigmoidCrossEntropy,
  sigmoidFocal,
  sigmoidFocalStar,
  sigmoidPoly,
  softmaxFocal,
  softmaxPoly,
} from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { appendLoss, buildModel, type CompileOptions, compile } from '../src/index.ts';
import { affineModel } from './affineModel.ts';

const allowed = { float32: 1e-6, float64: 1e-14 } as const;
/** The least normal number. */
const least = { float32: 2 ** -126, float64: 2 ** -1022 } as const;
type Dtype = keyof typeof allowed;
const none = { reduction: 'none' } as const;

/** The worst relative error of values and gradients; of differences, relative to the largest in a row. */
async function worst(loss: Loss, dtype: Dtype, x: readonly number[], y: readonly number[], shape?: readonly number[]) {
  const run = await compile(loss, { runtime: ort, dtype, sessionOptions: { intraOpNumThreads: 1 } });
  const round = (all: readonly number[]) => (dtype === 'float32' ? all.map(Math.fround) : all);
  const [logits, targets] = [round(x), round(y)];
  const given = shape === undefined ? {} : { shape };
  const got = await run.valueAndGrad(logits, targets, given);
  await run.dispose();
  const truth = reference(loss).valueAndGrad(logits, targets, given);
  const far = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(b, (t, i) => (Math.abs(t) < least[dtype] ? 0 : Math.abs(a[i] - t) / Math.abs(t))).reduce(
      (most, one) => Math.max(most, one),
      0,
    );
  return Math.max(far(got.value as Float64Array, truth.value as Float64Array), far(got.grad, truth.grad));
}

const spread = (n: number, most: number) => Array.from({ length: n }, (_, i) => most * Math.sin(2.7 * i + 0.3));
const dtypes = ['float32', 'float64'] as const;

describe.each(dtypes)('%s', (dtype) => {
  it.each([1e-8, 1e-6, 0.001, 0.999, 1 - 1e-6, 1 - 1e-8])(
    'α = %d: 1 − α of a rounded α had lost it, and ONNX Runtime takes what is nearly 1 for 1',
    async (alpha) => {
      const x = spread(40, 60);
      for (const loss of [sigmoidCrossEntropy({ alpha, ...none }), sigmoidFocal({ alpha, gamma: 1.5, ...none })]) {
        expect(
          await worst(
            loss,
            dtype,
            x,
            x.map((_, i) => i % 2),
          ),
        ).toBeLessThanOrEqual(allowed[dtype]);
      }
    },
  );

  it.each([0.1, 0.37, 0.9])(
    'FL* of soft labels that are smoothed by %d: the smoothed label was rounded before e^60 was taken of it, 4e-6 off',
    async (labelSmoothing) => {
      const x = spread(60, 3);
      const labels = x.map((_, i) => (i % 3 === 0 ? 0.93 : 1e-7 * i));
      for (const gamma of [7, 30]) {
        const loss = sigmoidFocalStar({ gamma, beta: 5, labelSmoothing, ...none });
        expect(await worst(loss, dtype, x, labels)).toBeLessThanOrEqual(allowed[dtype]);
      }
    },
  );

  it.each([0.25, 0.0173, 0.7])(
    'σ(x)^α of the IoU-aware loss, α = %d: at x = −98.6 the root was taken of what is no normal number, 1.6e-3 off',
    async (alpha) => {
      const x = [-98.618896484375, -126.5, -64.1, -60, -87.3, -103.9, 12.5, ...spread(20, 140)];
      const y = x.map((_, i) => (i % 7) / 6);
      const loss = iouAwareCrossEntropy({ alpha, floor: 0, positiveWeight: 4.9, ...none });
      expect(await worst(loss, dtype, x, y)).toBeLessThanOrEqual(allowed[dtype]);
    },
  );

  it.each([
    [3.3, 20],
    [3.3, -33.3],
    [0.7, 50],
    [5, -50],
  ])(
    'FL* of γ = %d, β = %d where γz + β cancels, soft labels too: what rounding took was added to e^−|u| only',
    async (gamma, beta) => {
      const y = spread(4000, 1).map((a) => (a + 1) / 2);
      const x = y.map((q, i) => -beta / gamma / (2 * q - 1) + Math.sin(i)).map((a) => Math.max(-1e3, Math.min(a, 1e3)));
      const loss = sigmoidFocalStar({ gamma, beta, ...none });
      expect(await worst(loss, dtype, x, y)).toBeLessThanOrEqual(allowed[dtype]);
      const hard = x.map((_, i) => i % 2);
      expect(await worst(loss, dtype, x, hard)).toBeLessThanOrEqual(allowed[dtype]);
    },
  );

  it.each([1000, 4096, 5001])(
    '%d equal logits: the runtime adds a row one after the other, each time with the same error',
    async (classes) => {
      const x = Array.from({ length: 2 * classes }, () => 1.2345);
      const error = await worst(softmaxFocal(none), dtype, x, [7, classes - 1], [2, classes]);
      expect(error).toBeLessThanOrEqual(allowed[dtype]);
    },
  );

  it('a softmax whose logits are 300 apart: e^(x − max) ignored what the difference lost', async () => {
    const x = spread(300, 150);
    const y = Array.from({ length: 100 }, (_, i) => i % 3);
    expect(await worst(softmaxFocal({ gamma: 1.5, ...none }), dtype, x, y, [100, 3])).toBeLessThanOrEqual(
      allowed[dtype],
    );
  });

  it('rows far from 0: of [1000, 1308] float64 had 0, and of [−121, −174] float32 was 1e-5 off', async () => {
    const [far, apart] = dtype === 'float64' ? [1600, 680] : [300, 84];
    // A row's own logit, and two others of which one is not much smaller than the other.
    const rows = Array.from({ length: 240 }, (_, i) => {
      const at = far * Math.sin(31 * i);
      return [at + apart * Math.sin(17 * i), at, at - 2 - Math.sin(7 * i)];
    });
    const y = rows.map((_, i) => i % 3);
    const x = rows.flatMap(([own, ...rest], i) => [...rest.slice(0, y[i]), own, ...rest.slice(y[i])]);
    for (const gamma of [0, 0.4]) {
      const error = await worst(softmaxFocal({ gamma, ...none }), dtype, x, y, [240, 3]);
      expect(error).toBeLessThanOrEqual(allowed[dtype]);
    }
  });

  it('soft labels down to 1e-12', async () => {
    const x = [-50, -20, -8, 5, 30];
    for (const y of [1e-12, 1e-9, 1e-6]) {
      for (const loss of [sigmoidFocalStar({ gamma: 1.7, ...none }), sigmoidFocal(none)]) {
        const run = await compile(loss, { runtime: ort, dtype });
        const label = dtype === 'float32' ? Math.fround(y) : y;
        const got = await run.value(
          x,
          x.map(() => label),
        );
        await run.dispose();
        const truth = reference(loss).value(
          x,
          x.map(() => label),
        ) as Float64Array;
        for (const [i, t] of truth.entries()) expect(Math.abs(got[i] / t - 1)).toBeLessThanOrEqual(allowed[dtype]);
      }
    }
  });
});

it('200,000 classes in float64: a thousand times the error of the format', async () => {
  const classes = 200_000;
  const x = Array.from({ length: classes }, () => 1.2345);
  expect(await worst(softmaxFocal(none), 'float64', x, [7], [1, classes])).toBeLessThanOrEqual(1e-14);
});

it.each(dtypes)(
  '%s: a parameter called alpha beside the option alpha: one had overwritten the other',
  async (dtype) => {
    const loss = defineLoss({
      name: 'named',
      params: { alpha: 3, alpha_low: 0.1, one_minus_alpha: 2, 'ω 1': 0.7 },
      alpha: 0.25,
      formula: (o, x, y, { alpha, alpha_low, one_minus_alpha, 'ω 1': omega }) =>
        o.add(
          o.mul(o.add(alpha, alpha_low), o.softplus(x)),
          o.mul(o.mul(o.mul(one_minus_alpha, omega), y), o.softplus(o.neg(x))),
        ),
      ...none,
    });
    const x = spread(20, 9);
    const y = x.map((_, i) => i % 2);
    expect(await worst(loss, dtype, x.slice(0, 3), y.slice(0, 3))).toBeLessThanOrEqual(1e-5);
    const run = await compile(loss, { runtime: ort, dtype });
    const value = await run.value(x, y);
    await run.dispose();
    const truth = reference(loss).value(x.map(Math.fround), y) as Float64Array;
    for (const [i, t] of truth.entries()) expect(Math.abs(value[i] / t - 1)).toBeLessThanOrEqual(1e-6);
  },
);

it.each(dtypes)('%s: labels that have a formula each, chosen by a sign, and a weight held fixed', async (dtype) => {
  const loss = defineLoss({
    name: 'apart',
    params: { gamma: 1.3 },
    ...none,
    formula: (o, x, y, { gamma }) => {
      const held = o.detach(o.sigmoid(x));
      const negative = o.mul(o.pow(held, gamma), o.softplus(x));
      const margin = o.max(o.sub(o.sigmoid(x), o.constant(0.05)), o.constant(0));
      const clipped = o.neg(o.log(o.sub(o.constant(1), margin)));
      return o.where(y, o.softplus(o.neg(x)), o.add(negative, o.mul(o.constant(0.125), clipped)));
    },
  });
  const x = [-5, -2, -1, 0.5, 2, 4];
  for (const y of [0, 1]) {
    expect(
      await worst(
        loss,
        dtype,
        x,
        x.map(() => y),
      ),
    ).toBeLessThanOrEqual(dtype === 'float32' ? 5e-6 : 1e-14);
  }
});

describe('a power of a sigmoid in float32, whose denominator was rounded before it was taken five times', () => {
  it.each<[Loss, number, number]>([
    [sigmoidFocal({ gamma: 4.89717852557078, ...none }), 9.546247482299805, 1],
    [sigmoidPoly({ gamma: 4.889213407877833, ...none }), -11.774503707885742, 0],
    [gaussianFocal({ alpha: 4.5587920374237, ...none }), 3.97294282913208, 1],
    [gaussianFocal({ alpha: 4.203210267005488, ...none }), 4.6843581199646, 1],
    [qualityFocal({ beta: 4.845426675165072, ...none }), -10.266865730285645, Math.fround(5.346686648977084e-9)],
  ])('%o at %d', async (loss, x, y) => {
    expect(await worst(loss, 'float32', [x], [y])).toBeLessThanOrEqual(allowed.float32);
  });

  it('a row of probabilities', async () => {
    const loss = softmaxPoly({ gamma: 3.773636110126972, ...none });
    const x = [2.7489078044891357, -1.4771382808685303, -2.492337226867676];
    expect(await worst(loss, 'float32', x, [1, 0, 0], [1, 3])).toBeLessThanOrEqual(allowed.float32);
  });

  it('a root far below 0 had lost what rounding took from the margin', async () => {
    const loss = defineLoss({
      name: 'root',
      link: 'softmax',
      formula: (o, x) => o.mul(o.pow(o.sigmoid(o.neg(x)), o.constant(0.5)), o.sigmoid(x)),
      ...none,
    });
    for (let i = 0; i < 20; i++) {
      const row = [70 + 1.37 * i, 0.0454210266470909 * i, -0.19562280178070068];
      expect(await worst(loss, 'float32', row, [1, 0, 0], [1, 3])).toBeLessThanOrEqual(allowed.float32);
    }
  });
});

describe('what is no loss, or no option, is named', () => {
  const rejects = async (call: () => unknown) => {
    try {
      await call();
      return 'nothing was thrown';
    } catch (error) {
      return String(error);
    }
  };
  const bytes = affineModel({});
  it.each<[string, () => unknown, RegExp]>([
    ['a factory', () => compile(sigmoidFocal as never), /FocalLossError: compile: loss got .*takes a loss/],
    ['an empty object', () => compile({} as never), /FocalLossError: compile: loss got/],
    ['nothing', () => compile(undefined as never), /FocalLossError: compile: loss got/],
    ['buildModel of a factory', () => buildModel(sigmoidFocal as never), /FocalLossError: buildModel: loss got/],
    [
      'appendLoss of nothing',
      () => appendLoss(bytes, undefined as never, { logits: 'scores' }),
      /appendLoss: loss got/,
    ],
    ['a misspelt option', () => compile(sigmoidFocal(), { engin: 'cpu' } as never), /engin got "cpu", takes nothing/],
    [
      'an option behind a prototype',
      () => compile(sigmoidFocal(), Object.create({ opset: 10 }) as CompileOptions),
      /opset got 10, takes an integer/,
    ],
    ['options that are none', () => compile(sigmoidFocal(), 'cpu' as never), /options got "cpu", takes an object/],
    ['text for targets', async () => (await compile(sigmoidFocal())).value([1, 2], '10' as never), /targets got "10"/],
  ])('%s', async (_, call, message) => {
    expect(await rejects(call)).toMatch(message);
  });
});
