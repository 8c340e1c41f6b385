import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  asymmetric,
  factories,
  type Loss,
  posterior,
  reference,
  sigmoidFocal,
  softmaxCrossEntropy,
  softmaxFocal,
  varifocal,
} from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { source } from '../../onnx/test/drawn.ts';
import { appendLoss, appendPosterior, buildModel, compile } from '../src/index.ts';
import { affineModel } from './affineModel.ts';
import { commandLine } from './commandLine.ts';
import { float32, run, waves } from './ready.ts';

const folder = mkdtempSync(join(tmpdir(), 'focal-posterior-'));
afterAll(() => rmSync(folder, { recursive: true }));

const makers = Object.values(factories) as unknown as ((options?: object) => Loss)[];
const quiet = { runtime: ort, sessionOptions: { intraOpNumThreads: 1 } } as const;

/** Losses whose minimum tells a probability, with options. */
const told: Loss[] = [
  ...makers.map((make) => make()).filter((loss) => loss.untold === undefined),
  sigmoidFocal({ gamma: 2.3, alpha: 0.2 }),
  sigmoidFocal({ gamma: 0.7, alpha: [0.2, 0.5, 0.999] }),
  softmaxFocal({ gamma: 1.3, alpha: [1, 2, 0.5] }),
  asymmetric({ margin: 0, gammaPositive: 0.5 }),
];

/** The worst relative error of η and 1 − η, of which the logit tells all. */
function worstOf(got: ArrayLike<number>, logit: ArrayLike<number>, truth: ArrayLike<number>, normal: number): number {
  let worst = 0;
  for (let i = 0; i < truth.length; i++) {
    const eta = truth[i];
    if (eta >= normal) worst = Math.max(worst, Math.abs(got[i] - eta) / eta);
    worst = Math.max(worst, Math.abs(logit[i] - Math.log(eta)) / Math.max(1, Math.abs(Math.log(eta))));
    if (Number.isNaN(got[i])) return Infinity;
  }
  return worst;
}

describe.each(['float32', 'float64'] as const)('posterior, %s', (dtype) => {
  it.each(told)('$name $params $alpha', async (loss) => {
    const { between } = source(5);
    const round = dtype === 'float32' ? Math.fround : (a: number) => a;
    const shape = [40, 3, 5];
    const logits = Float64Array.from({ length: 600 }, (_, i) => round(between(-1, 1) * [1, 10, 60][i % 3]));
    const given = { shape, axis: 1 };
    const truth = posterior(loss)(logits, given);
    const softmax = loss.link === 'softmax';
    // log η of either.
    const logTruth = posterior(loss)(logits, { ...given, logit: true });
    const compiled = await compile(loss, { ...quiet, dtype });
    const [eta, logit] = [
      await compiled.posterior(logits, given),
      await compiled.posterior(logits, { ...given, logit: true }),
    ];
    await compiled.dispose();
    const allowed = dtype === 'float32' ? 4e-6 : 4e-14;
    const far = logTruth.reduce((most, t, i) => Math.max(most, Math.abs(logit[i] - t) / Math.max(1, Math.abs(t))), 0);
    const off = softmax ? worstOf(eta, logit, truth, 2 ** -126) : worstOf(eta, logTruth.map(log1), truth, 2 ** -126);
    console.log(`${loss.name} ${dtype}: η ${off.toExponential(1)}, its logit ${far.toExponential(1)}`);
    expect(far).toBeLessThan(allowed);
    expect(off).toBeLessThan(allowed);

    const Lane = dtype === 'float32' ? Float32Array : Float64Array;
    for (const opset of [13, 20, 25]) {
      const model = buildModel(loss, { posterior: true, dtype, ...given, opset, accumulate: 'float64' });
      const out = await run(model, { logits: new ort.Tensor(dtype, Lane.from(logits), shape) });
      expect(worstOf(out.posterior, softmax ? logit : logTruth.map(log1), truth, 2 ** -126)).toBeLessThan(allowed);
    }
  });
});

/** log σ(x). */
const log1 = (x: number) => (x > 0 ? -Math.log1p(Math.exp(-x)) : x - Math.log1p(Math.exp(x)));

it.each(told)('no finite logit gives NaN, computed in float32 too: $name $params $alpha', async (loss) => {
  const huge = [3e38, -3e38, 1e30, -1e30, 1e20, -700, 0, 100, -3e38];
  for (const accumulate of ['float32', 'float64'] as const) {
    const model = buildModel(loss, { posterior: true, shape: ['n', 3], accumulate });
    const out = await run(model, { logits: float32(huge, [3, 3]) });
    expect(out.posterior.every((p) => p >= 0 && p <= 1.000001)).toBe(true);
  }
  const compiled = await compile(loss, quiet);
  const got = await compiled.posterior(huge, { shape: [3, 3] });
  await compiled.dispose();
  const truth = posterior(loss)(huge.map(Math.fround), { shape: [3, 3] });
  expect(Array.from(got)).toEqual(Array.from(truth, (p) => expect.closeTo(p, 6)));
});

it('float32 throughout, as WebGPU has it, keeps five digits', async () => {
  for (const loss of told) {
    const logits = waves(30).map((x) => x * 2);
    const model = buildModel(loss, { posterior: true, shape: [10, 3], accumulate: 'float32' });
    const out = await run(model, { logits: float32(logits.map(Math.fround), [10, 3]) });
    const truth = posterior(loss)(logits.map(Math.fround), { shape: [10, 3] });
    for (const [i, p] of truth.entries()) expect(Math.abs(out.posterior[i] / p - 1)).toBeLessThan(4e-5);
  }
});

describe('what is refused', () => {
  it('a loss whose minimum tells nothing, with the reason', async () => {
    expect(() => buildModel(asymmetric(), { posterior: true })).toThrow(/below the margin a negative has no slope/);
    expect(() => appendPosterior(affineModel({}), varifocal({ detach: true }), { logits: 'scores' })).toThrow(
      /posterior got "varifocal", takes .*held fixed/,
    );
    const compiled = await compile(asymmetric(), quiet);
    await expect(compiled.posterior([1])).rejects.toThrow(/below the margin/);
    await compiled.dispose();
  });

  it('what a posterior has nothing of, and options that are none', async () => {
    const of = (options: object) => () => buildModel(sigmoidFocal(), { posterior: true, ...options } as never);
    expect(of({ grad: true, weights: true })).toThrow(
      /grad got true, takes nothing beside posterior; weights got true/,
    );
    expect(of({ posterior: 'odds' })).toThrow(/posterior got "odds", takes true, false or 'logit'/);
    const loss = sigmoidFocal();
    expect(() => appendPosterior(affineModel({}), loss, { logits: 'scores', axis: 5 })).toThrow(/axis got 5/);
    expect(() => appendPosterior(affineModel({}), loss, { logits: 'scores', grad: true } as never)).toThrow(
      /grad got true, takes nothing/,
    );
    expect(() => appendPosterior(affineModel({}), loss, { logits: 'scores', name: 'x' })).toThrow(/already has "x"/);
    const compiled = await compile(loss, quiet);
    await expect(compiled.posterior([1], { shape: [2] })).rejects.toThrow(/logits got .* takes 2 numbers/);
    await expect(compiled.posterior(Int32Array.of(1) as never)).rejects.toThrow(/logits got/);
    await expect(compiled.posterior([1], { logits: true } as never)).rejects.toThrow(/logits got true/);
    await compiled.dispose();
    await expect(compiled.posterior([1])).rejects.toThrow(/disposed/);
  });
});

describe('appended', () => {
  it.each([11, 13, 17, 25, 26])('a posterior and a loss beside each other, opset %i', async (opset) => {
    const loss = softmaxFocal({ gamma: 1.5 });
    const twice = appendPosterior(appendLoss(affineModel({ opset }), loss, { logits: 'scores', hess: true }), loss, {
      logits: 'scores',
      name: 'eta',
    });
    const { Tensor } = ort;
    const targets = new Tensor('int64', BigInt64Array.of(2n, 0n), [2]);
    const out = await run(twice, { x: float32(waves(6), [2, 3]), targets });
    expect(Object.keys(out)).toEqual(['scores', 'loss', 'hess', 'eta']);
    const truth = posterior(loss)(out.scores, { shape: [2, 3] });
    expect(out.eta).toEqual(Array.from(truth, (p) => expect.closeTo(p, 6)));
    const { hess } = reference(loss).valueGradHess(out.scores, [2, 0], { shape: [2, 3] });
    expect(out.hess).toEqual(Array.from(hess, (h) => expect.closeTo(h, 6)));
  });

  it('a softmax along the axis before the last, whose shape the model says', async () => {
    const loss = softmaxCrossEntropy({ reduction: 'none' });
    const model = appendLoss(affineModel({ shape: ['batch', 4, 3] }), loss, { logits: 'scores', axis: 1, grad: true });
    const targets = new ort.Tensor('int64', BigInt64Array.of(0n, 1n, 2n, 3n, 0n, 1n), [2, 3]);
    const out = await run(model, { x: float32(waves(24), [2, 4, 3]), targets });
    const truth = reference(loss).valueAndGrad(out.scores, [0, 1, 2, 3, 0, 1], { shape: [2, 4, 3], axis: 1 });
    expect(out.loss).toEqual(Array.from(truth.value as Float64Array, (v) => expect.closeTo(v, 5)));
    expect(out.grad).toEqual(Array.from(truth.grad, (g) => expect.closeTo(g, 6)));
  });
});

describe('focal-onnx', () => {
  const { cli } = commandLine();
  const [file, model] = [join(folder, 'out.onnx'), join(folder, 'model.onnx')];
  const written = () => new Uint8Array(readFileSync(file));

  it('--hess, --axis, --targets rows, --weights-shape', async () => {
    const shape = ['--shape', 'n,5,h', '--axis', '1', '--weights', '--weights-shape', '1'];
    await cli(
      '--loss',
      'softmaxFocal',
      '--label-smoothing',
      '0.1',
      '--hess',
      '--targets',
      'rows',
      ...shape,
      '-o',
      file,
    );
    const loss = softmaxFocal({ labelSmoothing: 0.1 });
    const options = { hess: true, targets: 'rows', shape: ['n', 5, 'h'], axis: 1 } as const;
    expect(written()).toEqual(buildModel(loss, { ...options, weights: true, weightsShape: [1] }));
  });

  it('switches, and a list of α', async () => {
    await cli('--loss', 'varifocal', '--iou-weighted', 'false', '--alpha', '0.5', '-o', file);
    expect(written()).toEqual(buildModel(varifocal({ iouWeighted: false, alpha: 0.5 })));
    await cli('--loss', 'sigmoidFocal', '--alpha', '0.5,0.25', '-o', file);
    expect(written()).toEqual(buildModel(sigmoidFocal({ alpha: [0.5, 0.25] })));
  });

  it('--posterior', async () => {
    await cli('--loss', 'sigmoidFocal', '--posterior', '-o', file);
    expect(written()).toEqual(buildModel(sigmoidFocal(), { posterior: true }));
    writeFileSync(model, affineModel({}));
    const where = ['append', model, '--logits', 'scores', '--loss', 'softmaxFocal'];
    await cli(...where, '--posterior', 'logit', '--names', 'posterior=p', '-o', file);
    const options = { logits: 'scores', name: 'p', logit: true } as const;
    expect(written()).toEqual(appendPosterior(affineModel({}), softmaxFocal(), options));
  });
});
