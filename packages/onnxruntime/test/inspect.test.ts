import { execFileSync } from 'node:child_process';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { AttributeProtoSchema, ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { appendLoss, buildModel } from '../src/index.ts';
import { affineModel } from './affineModel.ts';
import { command, commandLine } from './commandLine.ts';
import { float32, run } from './ready.ts';

const { folder, cli, bytesOf, write } = commandLine();
write('model.onnx', affineModel({}));

describe('inspect', () => {
  /** The affine model with more nodes behind it, the last of which gives its output. */
  const ending = (...nodes: { opType: string; axis?: number }[]) => {
    const model = fromBinary(ModelProtoSchema, affineModel({}));
    const graph = model.graph;
    if (graph === undefined) throw new Error('no graph');
    const [{ attribute: _, ...plain }] = graph.node;
    for (const [i, { opType, axis }] of nodes.entries()) {
      const input = [i === 0 ? 'scores' : `value_${i}`];
      const output = [i === nodes.length - 1 ? 'probabilities' : `value_${i + 1}`];
      const attribute =
        axis === undefined ? [] : [create(AttributeProtoSchema, { name: 'axis', i: BigInt(axis), type: 2 })];
      graph.node.push({ ...plain, name: '', opType, input, output, attribute });
    }
    graph.output[0].name = 'probabilities';
    return toBinary(ModelProtoSchema, model);
  };
  /** Runs the command that was said, and gives what came out. */
  const follow = (said: string) => {
    const line = /^ {2}focal-onnx (.*)$/m.exec(said)?.[1] ?? '';
    execFileSync('sh', ['-c', `"${process.execPath}" "${command}" ${line}`], { cwd: folder });
    return bytesOf(/-o (\S+)$/.exec(line)?.[1] ?? '');
  };

  it('lists what there is, and takes an output of floats for logits', async () => {
    const { said } = await cli('inspect', 'model.onnx');
    expect(said).toMatchInlineSnapshot(`
      "model.onnx: opset 17, 2 nodes, 2 initializers
      inputs:
        x        float32 [batch, 3]
      outputs:
        scores   float32 [batch, 3]  Add  ← logits? an output of floats
      other values:
        product  ?                   Mul

      If scores is the logits, an output of floats:
        focal-onnx append model.onnx --logits scores --loss sigmoidFocal -o model-with-loss.onnx
      If its classes exclude one another, take --loss softmaxFocal.
      "
    `);
    expect(follow(said)).toEqual(appendLoss(affineModel({}), sigmoidFocal(), { logits: 'scores' }));
  });

  it('takes the input of a last sigmoid for logits, whatever moves its output', async () => {
    write('sigmoid.onnx', ending({ opType: 'Sigmoid' }, { opType: 'Identity' }));
    const { said } = await cli('inspect', 'sigmoid.onnx');
    expect(said).toMatchInlineSnapshot(`
      "sigmoid.onnx: opset 17, 4 nodes, 2 initializers
      inputs:
        x              float32 [batch, 3]
      outputs:
        probabilities  float32 [batch, 3]  Identity
      other values:
        product        ?                   Mul
        scores         ?                   Add  ← logits? the input of the Sigmoid that gives probabilities
        value_1        ?                   Sigmoid

      If scores is the logits, the input of the Sigmoid that gives probabilities:
        focal-onnx append sigmoid.onnx --logits scores --loss sigmoidFocal --dtype float32 --shape batch,3 -o sigmoid-with-loss.onnx
      "
    `);
    const out = await run(follow(said), { x: float32([1, 2, 3], [1, 3]), targets: float32([1, 0, 1], [1, 3]) });
    expect(Object.keys(out)).toEqual(['probabilities', 'loss']);
  });

  it('takes the input of a last softmax for logits, with its axis', async () => {
    write('softmax.onnx', ending({ opType: 'Softmax', axis: -1 }));
    expect((await cli('inspect', 'softmax.onnx')).said).toContain(
      '  focal-onnx append softmax.onnx --logits scores --loss softmaxFocal --dtype float32 --shape batch,3 ' +
        '-o softmax-with-loss.onnx\n',
    );
    write('it is.onnx', ending({ opType: 'LogSoftmax', axis: 0 }));
    expect((await cli('inspect', 'it is.onnx')).said).toContain(
      "  focal-onnx append 'it is.onnx' --logits scores --loss softmaxFocal --axis 0 --dtype float32 --shape batch,3 " +
        "-o 'it is-with-loss.onnx'\n",
    );
  });

  it('says what it does not know, and that nothing looks like logits', async () => {
    write('whole.onnx', affineModel({ dtype: 'int64' }));
    expect((await cli('inspect', 'whole.onnx')).said).toMatch(
      /scores {3}int64 \[batch, 3\] {2}Add\n[\s\S]*\nNothing looks like logits/,
    );
    const said = (...between: string[]) => {
      write('untold.onnx', ending({ opType: 'Sigmoid' }, ...between.map((opType) => ({ opType }))));
      return cli('inspect', 'untold.onnx').then((one) => one.said);
    };
    expect(await said('Cast')).toMatch(
      / sigmoidFocal --shape batch,3 -o \S+\nAdd --dtype, which the model does not tell/,
    );
    expect(await said('Reshape')).toMatch(
      / sigmoidFocal --dtype float32 -o \S+\nAdd --shape, which the model does not tell/,
    );
    expect(await said('Reshape', 'Cast')).toContain('Add --dtype and --shape, which the model does not tell.');
  });

  it('leaves constants out, and says where no loss can be appended yet', async () => {
    write('old.onnx', affineModel({ opset: 10 }));
    expect((await cli('inspect', 'old.onnx')).said).toContain('models of opset 11 to 26: convert this one first.');
    write('posterior.onnx', buildModel(softmaxFocal(), { posterior: true, shape: [2, 3] }));
    expect((await cli('inspect', 'posterior.onnx')).said).not.toContain('  Constant');
  });

  it('of a loss names what the loss is made of', async () => {
    write('loss.onnx', buildModel(sigmoidFocal(), { grad: true }));
    expect((await cli('inspect', 'loss.onnx')).said).toMatch(
      /^loss.onnx: opset 17, focal.loss 1, \d+ nodes, 0 initializers\n/,
    );
  });
});
