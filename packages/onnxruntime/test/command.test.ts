/** What the command refuses, and what it copies. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { appendLoss, appendPosterior, buildModel } from '../src/index.ts';
import { affineModel } from './affineModel.ts';
import { command, commandLine } from './commandLine.ts';
import { float32 } from './ready.ts';

const { folder, apart, cli, refused, bytesOf, write } = commandLine();
write('model.onnx', affineModel({}));

describe('flags', () => {
  const softmax = ['--loss', 'softmaxFocal', '-o', 'out.onnx'];
  const sigmoid = ['--loss', 'sigmoidFocal', '-o', 'out.onnx'];

  it('take negative numbers', async () => {
    await cli('--ignore-index', '-100', ...softmax);
    expect(bytesOf('out.onnx')).toEqual(buildModel(softmaxFocal({ ignoreIndex: -100 })));
    await cli('--axis', '-2', '--shape', 'n,4,m', ...softmax);
    expect(bytesOf('out.onnx')).toEqual(buildModel(softmaxFocal(), { axis: -2, shape: ['n', 4, 'm'] }));
    expect(await refused('--gamma', '-1', ...sigmoid)).toBe('sigmoidFocal: gamma got -1, takes a finite number ≥ 0\n');
  });

  it.each([
    [['--gamma', ''], 'sigmoidFocal: gamma got "", takes a finite number ≥ 0'],
    [['--gamma='], 'sigmoidFocal: gamma got "", takes a finite number ≥ 0'],
    [['--gamma', ' '], 'sigmoidFocal: gamma got " ", takes a finite number ≥ 0'],
    [['--ignore-index', ''], 'sigmoidFocal: ignoreIndex got "", takes an integer'],
    [['--shape', ''], 'sigmoidFocal: shape got "", takes sizes or names of dimensions'],
    [['--shape', '3,'], 'sigmoidFocal: shape got Array(2), takes sizes or names of dimensions'],
    [['--opset', ''], 'sigmoidFocal: opset got "", takes an integer from 11 to 26'],
    [['-o', ''], 'focal-onnx: -o got "", takes the file to write'],
    [['--gamma'], 'focal-onnx: option `--gamma <number>` value is missing'],
    [['--gama', '2'], 'focal-onnx: Unknown option `--gama`'],
  ])('%j is refused', async (flags, message) => {
    expect(
      await refused('--loss', 'sigmoidFocal', ...(flags[0] === '-o' ? [] : ['-o', 'no.onnx']), ...flags),
    ).toContain(message);
    expect(existsSync(join(folder, 'no.onnx'))).toBe(false);
  });

  it.each(['value=', 'value', '=focal', ''])('--names %j is refused, and named', async (names) => {
    expect(
      await refused('append', 'model.onnx', '--logits', 'scores', '--names', `targets=y,${names}`, ...sigmoid),
    ).toBe(
      `focal-onnx: --names got "${names}", takes names with what they are for, such as targets=labels,value=focal\n`,
    );
  });

  it('take names that look like numbers, or have a sign for equal', async () => {
    const model = fromBinary(ModelProtoSchema, affineModel({}));
    model.graph?.node.push({
      ...model.graph.node[0],
      name: '',
      opType: 'Identity',
      input: ['scores'],
      output: ['007'],
    });
    const bytes = toBinary(ModelProtoSchema, model);
    write('numbers.onnx', bytes);
    const given = ['--logits', '007', '--dtype', 'float32', '--shape', 'n,3', '--names', 'value=a=b'];
    await cli('append', 'numbers.onnx', ...given, ...sigmoid);
    const options = { logits: '007', dtype: 'float32', shape: ['n', 3], names: { value: 'a=b' } } as const;
    expect(bytesOf('out.onnx')).toEqual(appendLoss(bytes, sigmoidFocal(), options));
  });

  it('--version', () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));
    expect(apart('--version').said).toMatch(new RegExp(`^focal-onnx/${version.replaceAll('.', '\\.')} `));
  });
});

describe('errors are a line, never a stack', () => {
  it.each([
    [[], 'focal-onnx: --loss got undefined, takes asymmetric, '],
    [['apend', 'model.onnx'], 'focal-onnx: command got "apend", takes append, inspect, probe, or nothing'],
    [['append'], 'focal-onnx: missing required args'],
    [['append', 'nowhere.onnx', '--loss', 'sigmoidFocal', '-o', 'x'], 'focal-onnx: ENOENT'],
    [['append', '.', '--loss', 'sigmoidFocal', '-o', 'x'], 'focal-onnx: EISDIR'],
    [['append', 'text.onnx', '--loss', 'sigmoidFocal', '-o', 'x', '--logits', 'y'], 'takes the bytes of an ONNX model'],
    [['inspect', 'text.onnx'], 'focal-onnx: this is no ONNX model, but bytes'],
    [['inspect'], 'focal-onnx: missing required args'],
    [['--loss', 'sigmoidFocal', '-o', 'nowhere/x.onnx'], 'focal-onnx: ENOENT'],
  ])('%j', async (args, message) => {
    write('text.onnx', new TextEncoder().encode('<!DOCTYPE html>'));
    const said = await refused(...args);
    expect(said).toContain(message);
    expect(said.trimEnd().split('\n')).toHaveLength(1);
  });

  it('nor for somebody who reads the first line only', async () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => ({
      opType: 'Identity',
      input: ['x'],
      output: [`value_${i}`],
    }));
    const model = fromBinary(ModelProtoSchema, affineModel({}));
    model.graph?.node.push(...nodes.map((node) => ({ ...model.graph?.node[0], ...node }) as never));
    write('long.onnx', toBinary(ModelProtoSchema, model));
    const shell = `"${process.execPath}" "${command}" inspect long.onnx | head -n 1`;
    expect(spawnSync('sh', ['-c', shell], { encoding: 'utf8', cwd: folder })).toMatchObject({
      stdout: 'long.onnx: opset 17, 20002 nodes, 2 initializers\n',
      stderr: '',
    });
  });

  it('a call that was forgotten names the argument', async () => {
    const model = affineModel({});
    const logits = { logits: 'scores' };
    const call =
      (...args: unknown[]) =>
      () =>
        (appendLoss as (...args: unknown[]) => unknown)(...args);
    expect(call(model, sigmoidFocal, logits)).toThrow(
      'appendLoss: loss got a function, takes a loss, made by a factory',
    );
    expect(call(model, () => sigmoidFocal(), logits)).toThrow('appendLoss: loss got a function');
    expect(call(model)).toThrow('appendLoss: loss got undefined');
    expect(call(sigmoidFocal(), model, logits)).toThrow('appendLoss: loss got Uint8Array(');
    expect(call(Promise.resolve(model), sigmoidFocal(), logits)).toThrow(
      'appendLoss sigmoidFocal: model got an object of type Promise, takes the bytes of an ONNX model, as a Uint8Array',
    );
    expect(call(undefined, sigmoidFocal(), logits)).toThrow('model got undefined');
    expect(call(null, sigmoidFocal(), logits)).toThrow('model got null');
    expect(call(() => model, sigmoidFocal(), logits)).toThrow('model got a function');
    expect(call(model, sigmoidFocal())).toThrow('logits got undefined');
    expect(call(model, sigmoidFocal(), 'scores')).toThrow('options got "scores", takes an object');
    expect(call(model, sigmoidFocal(), () => logits)).toThrow('options got a function, takes an object');
    expect(() => appendPosterior(model, sigmoidFocal as never, logits)).toThrow('appendPosterior: loss got a function');
    expect(() => buildModel(sigmoidFocal as never)).toThrow('buildModel: loss got a function');
  });
});

describe('files', () => {
  const flags = ['--logits', 'scores', '--loss', 'sigmoidFocal', '--reduction', 'none'];

  it('the model itself is not written into', async () => {
    symlinkSync('model.onnx', join(folder, 'link.onnx'));
    for (const output of ['model.onnx', './model.onnx', 'link.onnx']) {
      expect(await refused('append', 'model.onnx', ...flags, '-o', output)).toBe(
        `focal-onnx: -o got "${output}", takes another file than the model: that one is read while this one is written\n`,
      );
    }
    expect(bytesOf('model.onnx')).toEqual(affineModel({}));
  });

  /** The affine model with its slope in a file. */
  const external = (location: string) => {
    const model = fromBinary(ModelProtoSchema, affineModel({}));
    const slope = model.graph?.initializer[0];
    const entry = (key: string, value: string) => ({ $typeName: 'onnx.StringStringEntryProto' as const, key, value });
    Object.assign(slope ?? {}, { rawData: new Uint8Array(), dataLocation: 1 });
    slope?.externalData.push(entry('location', location), entry('offset', '0'), entry('length', '12'));
    return toBinary(ModelProtoSchema, model);
  };

  it('with numbers go along into another folder, and stay as they are there', async () => {
    mkdirSync(join(folder, 'from/data'), { recursive: true });
    mkdirSync(join(folder, 'to'));
    write('from/model.onnx', external('data/weights.bin'));
    write('from/data/weights.bin', new Uint8Array(Float32Array.of(0.5, 1, 2).buffer));
    const append = (output: string) => cli('append', 'from/model.onnx', ...flags, '-o', output);

    expect((await append('from/out.onnx')).said).toMatch(/^from\/out.onnx: \d+ bytes\n$/);
    expect((await append('to/out.onnx')).said).toMatch(
      /^to\/out.onnx: \d+ bytes; data\/weights.bin copied beside it\n$/,
    );
    expect(bytesOf('to/data/weights.bin')).toEqual(bytesOf('from/data/weights.bin'));
    expect(bytesOf('to/out.onnx')).toEqual(bytesOf('from/out.onnx'));
    expect((await append('to/again.onnx')).said).toMatch(/^to\/again.onnx: \d+ bytes\n$/);

    const ort = await import('onnxruntime-node');
    const opened = await ort.InferenceSession.create(join(folder, 'to/out.onnx'));
    const out = await opened.run({ x: float32([1, 2, 3], [1, 3]), targets: float32([1, 0, 1], [1, 3]) });
    await opened.release();
    expect(Array.from(out.scores.data as Float32Array)).toEqual([0.75, 2.25, 6.25]);

    write('to/data/weights.bin', new Uint8Array(12));
    expect((await append('to/third.onnx')).said).toBe(
      'focal-onnx: -o got "to/third.onnx", takes a file in the folder from: the model has numbers in "data/weights.bin", ' +
        'and to has another file of that name\n',
    );
    expect(existsSync(join(folder, 'to/third.onnx'))).toBe(false);
    expect(bytesOf('to/data/weights.bin')).toEqual(new Uint8Array(12));
  });

  it('with numbers outside the folder of the model do not', async () => {
    write('from/outside.onnx', external('../weights.bin'));
    expect(await refused('append', 'from/outside.onnx', ...flags, '-o', 'to/outside.onnx')).toBe(
      'focal-onnx: -o got "to/outside.onnx", takes a file in the folder from: the model has numbers in "../weights.bin", ' +
        'which it looks for from there\n',
    );
    expect(await refused('append', 'from/outside.onnx', ...flags, '-o', 'nowhere/outside.onnx')).toMatch(
      /^focal-onnx: ENOENT/,
    );
  });
});
