import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Loss, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { ModelProtoSchema, TensorProtoSchema } from 'onnx-buf';
import { Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { appendLoss, buildModel } from '../src/index.ts';
import { affineModel } from './affineModel.ts';
import { commandLine } from './commandLine.ts';
import { float32, int64, run, session, waves } from './ready.ts';

const folder = mkdtempSync(join(tmpdir(), 'focal-append-'));
afterAll(() => rmSync(folder, { recursive: true }));

const none = sigmoidFocal({ reduction: 'none' });
const close = (got: ArrayLike<number>, truth: ArrayLike<number>, tolerance = 1e-6) => {
  expect(got).toHaveLength(truth.length);
  for (let i = 0; i < truth.length; i++)
    expect(Math.abs(got[i] - truth[i])).toBeLessThanOrEqual(tolerance * Math.abs(truth[i]));
};

describe.each([11, 12, 13, 17, 21, 23, 25, 26])('a model of opset %i', (opset) => {
  it('gets targets, a loss and a gradient, and keeps what it has', async () => {
    const model = appendLoss(affineModel({ opset }), sigmoidFocal({ alpha: 0.25 }), { logits: 'scores', grad: true });
    const x = waves(6);
    const targets = [1, 0, 1, 0, 0, 1];
    const out = await run(model, { x: float32(x, [2, 3]), targets: float32(targets, [2, 3]) });
    const scores = x.map((one, i) => Math.fround(Math.fround(one * [0.5, 1, 2][i % 3]) + 0.25));
    expect(Object.keys(out)).toEqual(['scores', 'loss', 'grad']);
    expect(out.scores).toEqual(scores);
    const truth = reference(sigmoidFocal({ alpha: 0.25 })).valueAndGrad(scores, targets);
    close(out.loss, [truth.value as number]);
    close(out.grad, truth.grad);
  });

  it('takes a softmax as well', async () => {
    const model = appendLoss(affineModel({ opset }), softmaxFocal({ reduction: 'none' }), {
      logits: 'scores',
      grad: true,
    });
    const x = waves(6);
    const out = await run(model, { x: float32(x, [2, 3]), targets: int64([2, 0]) });
    const truth = reference(softmaxFocal({ reduction: 'none' })).valueAndGrad(out.scores, [2, 0], { shape: [2, 3] });
    close(out.loss, truth.value as Float64Array);
    close(out.grad, truth.grad);
  });
});

describe('models', () => {
  it('of float64', async () => {
    const model = appendLoss(affineModel({ dtype: 'float64' }), none, { logits: 'scores' });
    const f64 = (values: number[]) => new Tensor('float64', Float64Array.from(values), [1, 3]);
    const out = await run(model, { x: f64([1, -2, 3]), targets: f64([1, 0, 0]) });
    close(out.loss, reference(none).value(out.scores, [1, 0, 0]) as Float64Array, 1e-14);
  });

  it('of float16: computed in float32, the gradient too', async () => {
    const model = appendLoss(affineModel({ dtype: 'float16' }), none, { logits: 'scores', grad: true });
    const opened = await session(model);
    // 1, −2, 4.
    const x = new Tensor('float16', Uint16Array.of(0x3c00, 0xc000, 0x4400), [1, 3]);
    const out = await opened.run({ x, targets: float32([1, 0, 0], [1, 3]) });
    await opened.release();
    expect([out.loss.type, out.grad.type]).toEqual(['float32', 'float32']);
    close(out.loss.data as Float32Array, reference(none).value([0.75, -1.75, 8.25], [1, 0, 0]) as Float64Array);
  });

  it('with the loss behind an inner value, which says neither its format nor its shape', async () => {
    const given = { logits: 'product', dtype: 'float32', shape: ['batch', 3] } as const;
    const model = appendLoss(affineModel({}), none, given);
    const out = await run(model, { x: float32([1, 2, 3], [1, 3]), targets: float32([1, 0, 1], [1, 3]) });
    close(out.loss, reference(none).value([0.5, 2, 6], [1, 0, 1]) as Float64Array);
  });

  it('with weights in a file beside them', async () => {
    const model = fromBinary(ModelProtoSchema, affineModel({}));
    const slope = model.graph?.initializer.find(({ name }) => name === 'slope');
    writeFileSync(join(folder, 'weights.bin'), Float32Array.of(0.5, 1, 2));
    Object.assign(slope ?? {}, { rawData: new Uint8Array(), dataLocation: 1 });
    slope?.externalData.push(
      ...[
        ['location', 'weights.bin'],
        ['offset', '0'],
        ['length', '12'],
      ].map(([key, value]) => ({
        ...create(TensorProtoSchema).externalData[0],
        $typeName: 'onnx.StringStringEntryProto' as const,
        key,
        value,
      })),
    );
    const file = join(folder, 'external.onnx');
    writeFileSync(file, appendLoss(toBinary(ModelProtoSchema, model), none, { logits: 'scores' }));
    const ort = await import('onnxruntime-node');
    const opened = await ort.InferenceSession.create(file);
    const out = await opened.run({ x: float32([1, 2, 3], [1, 3]), targets: float32([1, 0, 1], [1, 3]) });
    await opened.release();
    expect(Array.from(out.scores.data as Float32Array)).toEqual([0.75, 2.25, 6.25]);
    close(out.loss.data as Float32Array, reference(none).value([0.75, 2.25, 6.25], [1, 0, 1]) as Float64Array);
  });

  it('of an older version of the format', async () => {
    const model = appendLoss(affineModel({ opset: 13, irVersion: 7 }), none, { logits: 'scores' });
    const out = await run(model, { x: float32([1, 2, 3], [1, 3]), targets: float32([1, 0, 1], [1, 3]) });
    expect(out.loss).toHaveLength(3);
  });

  it('with two losses, of one kind or of two with the same name', async () => {
    for (const second of [none, sigmoidFocal({ gamma: 0.1, reduction: 'none' })]) {
      const once = appendLoss(affineModel({}), none, { logits: 'scores', grad: true });
      const twice = appendLoss(once, second, {
        logits: 'scores',
        grad: true,
        names: { targets: 'others', value: 'loss2', grad: 'grad2' },
      });
      const [a, b] = [
        [1, 0, 1],
        [0, 0, 1],
      ];
      const out = await run(twice, {
        x: float32([1, 2, 3], [1, 3]),
        targets: float32(a, [1, 3]),
        others: float32(b, [1, 3]),
      });
      close(out.loss, reference(none).value([0.75, 2.25, 6.25], a) as Float64Array);
      close(out.loss2, reference(second).value([0.75, 2.25, 6.25], b) as Float64Array);
    }
  });
});

describe('what is wrong is named', () => {
  const model = affineModel({});
  const append =
    (bytes: unknown, options: object, loss: Loss = none) =>
    () =>
      appendLoss(bytes as Uint8Array, loss, options as never);
  it.each([
    ['a truncated model', append(model.subarray(0, model.length - 20), { logits: 'scores' })],
    ['one cut off in a number', append(model.subarray(0, 1), { logits: 'scores' })],
    ['no bytes', append(new Uint8Array(), { logits: 'scores' })],
    ['bytes of something else', append(new TextEncoder().encode('<!DOCTYPE html><html></html>'), { logits: 'scores' })],
    ['a PNG', append(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), { logits: 'scores' })],
    ['the name of a file', append('model.onnx', { logits: 'scores' })],
    ['logits that there are not', append(model, { logits: 'score' })],
    ['logits left out', append(model, {})],
    ['logits that are no floats', append(affineModel({ dtype: 'int64' }), { logits: 'scores' })],
    ['another dtype', append(model, { logits: 'scores', dtype: 'float16' })],
    ['a shape of other dimensions', append(model, { logits: 'scores', shape: [3] })],
    ['a value of which nothing is known', append(model, { logits: 'product' })],
    ['a value of which the shape is not known', append(model, { logits: 'product', dtype: 'float32' })],
    ['an axis that there is not', append(model, { logits: 'scores', axis: 2 })],
    ['rows for a loss without classes', append(model, { logits: 'scores', targets: 'rows' })],
    [
      'rows beside ignoreIndex',
      append(model, { logits: 'scores', targets: 'rows' }, softmaxFocal({ ignoreIndex: -1 })),
    ],
    ['a shape of weights without weights', append(model, { logits: 'scores', weightsShape: [3] })],
    ['weights that do not broadcast', append(model, { logits: 'scores', weights: true, weightsShape: [2] })],
    ['α for other classes', append(model, { logits: 'scores' }, sigmoidFocal({ alpha: [0.1, 0.2] }))],
    ['opset 10', append(affineModel({ opset: 10 }), { logits: 'scores' })],
    ['opset 27', append(affineModel({ opset: 27 }), { logits: 'scores' })],
    ['a name that is taken', append(model, { logits: 'scores', names: { targets: 'x', value: 'scores' } })],
    ['a name for nothing', append(model, { logits: 'scores', names: { labels: 'y' } })],
    ['an unknown option', append(model, { logits: 'scores', gamma: 2 })],
    ['a normalizer beside reduction none', append(model, { logits: 'scores', normalizer: true })],
  ])('%s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });

  it('a model cut off anywhere', () => {
    for (let length = 0; length < model.length; length++) {
      expect(append(model.subarray(0, length), { logits: 'scores' })).toThrow(
        /FocalLossError|appendLoss sigmoidFocal: model/,
      );
    }
  });

  it.each([
    ['opset 10', () => buildModel(none, { opset: 10 })],
    ['a number of bits', () => buildModel(none, { dtype: 'float8' as never })],
    ['a shape that is none', () => buildModel(softmaxFocal(), { shape: ['n'] })],
    ['an unknown option', () => buildModel(none, { gradient: true } as never)],
  ])('buildModel: %s', (_, call) => {
    expect(call).toThrowErrorMatchingSnapshot();
  });
});

describe('focal-onnx', () => {
  const { cli: called } = commandLine();
  const cli = (...args: string[]) => called(...args).then(({ said }) => said);
  it('writes the model that buildModel writes', async () => {
    const file = join(folder, 'loss.onnx');
    const said = await cli(
      '--loss',
      'sigmoidFocal',
      '--gamma',
      '2',
      '--alpha',
      '0.25',
      '--grad',
      '--opset',
      '21',
      '-o',
      file,
    );
    const bytes = buildModel(sigmoidFocal({ gamma: 2, alpha: 0.25 }), { grad: true, opset: 21 });
    expect(said).toContain(`${bytes.length} bytes`);
    expect(new Uint8Array(readFileSync(file))).toEqual(bytes);
  });
  it('reads a loss that is data, and what flags say counts', async () => {
    const [config, file] = [join(folder, 'loss.json'), join(folder, 'configured.onnx')];
    const loss = softmaxFocal({ gamma: 1.5, alpha: [1, 2, 3], labelSmoothing: 0.1, reduction: 'sum' });
    writeFileSync(config, JSON.stringify(loss));
    await cli('--config', config, '--grad', '-o', file);
    expect(new Uint8Array(readFileSync(file))).toEqual(buildModel(loss, { grad: true }));
    await cli('--config', config, '--gamma', '3', '-o', file);
    const changed = softmaxFocal({ gamma: 3, alpha: [1, 2, 3], labelSmoothing: 0.1, reduction: 'sum' });
    expect(new Uint8Array(readFileSync(file))).toEqual(buildModel(changed));
    const bad = async (text: string) => {
      writeFileSync(config, text);
      return (await cli('--config', config, '-o', file)).replaceAll(config, 'loss.json');
    };
    expect(await bad('{ "loss": "focal" }')).toMatch(/^focal-onnx: loss in loss.json got "focal", takes asymmetric, /);
    expect(await bad('{ "loss": "softmaxFocal", "gama": 2 }')).toMatch(/^softmaxFocal: gama got 2, /);
    expect(await bad('gamma: 2')).toMatch(
      /^focal-onnx: --config got "loss.json, which is no JSON: .*takes a file with/,
    );
    expect(await bad('[2]')).toMatch(/^focal-onnx: --config got \[2\], takes a file with/);
    expect(await cli('--config', join(folder, 'nowhere.json'), '-o', file)).toMatch(/^focal-onnx: ENOENT/);
  });
  it('appends as appendLoss does', async () => {
    const [from, to] = [join(folder, 'model.onnx'), join(folder, 'with-loss.onnx')];
    writeFileSync(from, affineModel({}));
    await cli(
      'append',
      from,
      '--logits',
      'scores',
      '--loss',
      'softmaxFocal',
      '--alpha',
      '1,2,3',
      '--names',
      'value=focal',
      '-o',
      to,
    );
    const bytes = appendLoss(affineModel({}), softmaxFocal({ alpha: [1, 2, 3] }), {
      logits: 'scores',
      names: { value: 'focal' },
    });
    expect(new Uint8Array(readFileSync(to))).toEqual(bytes);
  });
  it('tries a provider', async () => {
    expect(await cli('probe')).toBe('cpu\n');
    expect(await cli('probe', 'abacus')).toMatch(/abacus does not run here/);
  });
  it('says what is wrong in one line', async () => {
    expect(await cli('--loss', 'focal', '-o', 'x')).toMatchInlineSnapshot(`
      "focal-onnx: --loss got "focal", takes asymmetric, distributionFocal, gaussianFocal, iouAwareCrossEntropy, matchabilityAware, qualityFocal, sigmoidCrossEntropy, sigmoidFocal, sigmoidFocalStar, sigmoidPoly, softmaxCrossEntropy, softmaxFocal, softmaxFocalStar, softmaxPoly, varifocal
      "
    `);
    expect(await cli('--loss', 'sigmoidFocal', '--gamma=-1', '-o', 'x')).toMatchInlineSnapshot(`
      "sigmoidFocal: gamma got -1, takes a finite number ≥ 0
      "
    `);
    expect(await cli('--loss', 'sigmoidFocal')).toMatchInlineSnapshot(`
      "focal-onnx: -o got undefined, takes the file to write
      "
    `);
    expect(
      await cli('append', join(folder, 'model.onnx'), '--loss', 'sigmoidFocal', '--logits', 'x1', '-o', 'x'),
    ).toMatchInlineSnapshot(`
      "appendLoss sigmoidFocal: logits got "x1", takes the name of a value in the graph; its outputs are "scores"; similar: "x" (focal-onnx inspect lists all)
      "
    `);
  });
});
