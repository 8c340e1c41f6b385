/** Clashes of names are found before anything is written, and an error says of which, and where. */
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type Loss, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { GraphProtoSchema, ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { type AppendOptions, appendLoss, appendPosterior } from '../src/index.ts';
import { affineModel } from './affineModel.ts';
import { float32, run } from './ready.ts';

const none = sigmoidFocal({ reduction: 'none' });

/** The affine model with something more in its graph. */
function withMore(more: MessageInitShape<typeof GraphProtoSchema>): Uint8Array {
  const model = fromBinary(ModelProtoSchema, affineModel({}));
  const { node = [], sparseInitializer = [], valueInfo = [] } = create(GraphProtoSchema, more);
  model.graph?.node.push(...node);
  model.graph?.sparseInitializer.push(...sparseInitializer);
  model.graph?.valueInfo.push(...valueInfo);
  return toBinary(ModelProtoSchema, model);
}

const tensor = (name: string) => ({ name, dims: [1n], dataType: 1, floatData: [1] });
const identity = (from: string, to: string) => ({ opType: 'Identity', input: [from], output: [to] });

/** Subgraphs two deep, of nodes with one and with several. */
const nested = withMore({
  node: [
    {
      opType: 'If',
      name: 'choice',
      input: ['truth'],
      output: ['chosen'],
      attribute: [
        {
          name: 'then_branch',
          g: {
            node: [
              {
                opType: 'Loop',
                attribute: [{ name: 'body', g: { node: [identity('x', 'targets')], input: [{ name: 'grad' }] } }],
              },
            ],
          },
        },
        {
          name: 'branches',
          graphs: [{ initializer: [tensor('loss')] }, { sparseInitializer: [{ values: tensor('hess') }] }],
        },
      ],
    },
  ],
});

const append =
  (model: Uint8Array, options: Partial<AppendOptions> = {}, loss: Loss = none) =>
  () =>
    appendLoss(model, loss, { logits: 'scores', ...options });

describe('new names', () => {
  it('that are the same as one another', () => {
    const plain = affineModel({});
    expect(append(plain, { weights: true, names: { targets: 'y', weights: 'y' } })).toThrow(
      'appendLoss sigmoidFocal: names.weights got "y", takes another name: names.targets is "y" too',
    );
    expect(append(plain, { grad: true, names: { value: 'grad' } })).toThrow(
      'names.grad got "grad", takes another name: names.value is "grad" too',
    );
    expect(append(plain, { names: { value: 'targets' } })).toThrow('names.targets is "targets" too');
    // There is no input weights to clash with.
    expect(append(plain, { names: { targets: 'weights' } })).not.toThrow();
  });

  it('that are in a subgraph, however deep', () => {
    expect(append(nested, { grad: true, hess: true })).toThrow(
      [
        'names.targets got "targets", takes another name: the model already has "targets", ' +
          'an output of a node Identity in a subgraph of node "choice" (If)',
        'names.value got "loss", takes another name: the model already has "loss", ' +
          'an initializer in a subgraph of node "choice" (If)',
        'names.grad got "grad", takes another name: the model already has "grad", ' +
          'an input in a subgraph of node "choice" (If)',
        'names.hess got "hess", takes another name: the model already has "hess", ' +
          'a sparse initializer in a subgraph of node "choice" (If)',
      ].join('; '),
    );
    expect(() => appendPosterior(nested, none, { logits: 'scores', name: 'loss' })).toThrow(
      'appendPosterior sigmoidFocal: name got "loss", takes another name: the model already has "loss", an initializer in',
    );
  });

  it('that are a sparse initializer, or what value_info speaks of', () => {
    const model = withMore({
      sparseInitializer: [{ values: tensor('targets') }],
      valueInfo: [{ name: 'loss' }],
    });
    expect(append(model)).toThrow(
      /"targets", a sparse initializer; .* "loss", a name in value_info that nothing computes$/,
    );
  });

  it('that only a node has are free: nodes and values are named apart', async () => {
    const model = fromBinary(ModelProtoSchema, affineModel({}));
    Object.assign(model.graph?.node[0] ?? {}, { name: 'loss' });
    const out = await run(append(toBinary(ModelProtoSchema, model))(), {
      x: float32([1, 2, 3], [1, 3]),
      targets: float32([1, 0, 1], [1, 3]),
    });
    expect(out.loss).toHaveLength(3);
  });

  it('that begin as the nodes of a loss do', async () => {
    const names = { value: 'focal_loss/SigmoidFocal_4', targets: 'focal_loss/Constant_0' };
    const out = await run(append(affineModel({}), { names })(), {
      x: float32([1, 2, 3], [1, 3]),
      'focal_loss/Constant_0': float32([1, 0, 1], [1, 3]),
    });
    expect(out[names.value]).toHaveLength(3);
  });

  it('each looked at by its key', () => {
    const plain = affineModel({});
    expect(append(plain, { names: { value: '', targets: 7 } as never })).toThrow(
      'names.value got "", takes a name; names.targets got 7, takes a name',
    );
    expect(append(plain, { names: { logits: 'x' } as never })).toThrow('names.logits got "x", takes nothing');
    expect(append(plain, { names: 'focal' as never })).toThrow('names got "focal", takes an object with names for');
    expect(append(plain, { names: { value: undefined } as never })).not.toThrow();
  });
});

describe('functions of an earlier loss', () => {
  const names = (i: number) => ({ targets: `targets${i}`, value: `loss${i}` });
  const functionsOf = (model: Uint8Array) => fromBinary(ModelProtoSchema, model).functions.map(({ name }) => name);

  it('are used again if they are the same, and left alone if they are not', async () => {
    let model = append(affineModel({}), { names: names(1) })();
    // γ is an attribute; γ with a remainder is another function, and smoothing a name of its own.
    const losses = [none, sigmoidFocal({ gamma: 0.1, reduction: 'none' }), none];
    for (const [i, loss] of [losses[1], losses[1], losses[2]].entries()) {
      model = append(model, { names: names(i + 2) }, loss)();
    }
    expect(new Set(functionsOf(model)).size).toBe(functionsOf(model).length);
    const feeds = Object.fromEntries([1, 2, 3, 4].map((i) => [`targets${i}`, float32([1, 0, 1], [1, 3])]));
    const out = await run(model, { x: float32([1, 2, 3], [1, 3]), ...feeds });
    for (const [i, loss] of [losses[0], losses[1], losses[1], losses[2]].entries()) {
      const truth = reference(loss).value([0.75, 2.25, 6.25], [1, 0, 1]) as Float64Array;
      expect(out[`loss${i + 1}`]).toEqual(Array.from(truth, (one) => expect.closeTo(one, 6)));
    }
  });

  it('of other contents, written by somebody else', async () => {
    const model = fromBinary(ModelProtoSchema, append(affineModel({}), { names: names(1) })());
    for (const definition of model.functions) definition.docString = 'mine';
    const other = toBinary(ModelProtoSchema, model);
    const twice = append(other, { names: names(2) })();
    expect(functionsOf(twice)).toEqual(['SigmoidFocal', 'SigmoidFocal_2']);
    const thrice = append(twice, { names: names(3) })();
    expect(functionsOf(thrice)).toEqual(['SigmoidFocal', 'SigmoidFocal_2']);
    const feeds = Object.fromEntries([1, 2, 3].map((i) => [`targets${i}`, float32([1, 0, 1], [1, 3])]));
    const out = await run(thrice, { x: float32([1, 2, 3], [1, 3]), ...feeds });
    expect(out.loss3).toEqual(out.loss1);
  });

  it('whose nodes somebody has inlined', async () => {
    const inlined = withMore({
      node: [identity('scores', 'focal_loss/Sub_3'), { ...identity('x', 'z'), name: 'focal_loss_2/Mul_1' }],
    });
    const model = append(inlined)();
    const added = fromBinary(ModelProtoSchema, model).graph?.node.slice(4) ?? [];
    expect(added.every(({ name }) => name.startsWith('focal_loss_3/'))).toBe(true);
    const feeds = { x: float32([1, 2, 3], [1, 3]), targets: float32([1, 0, 1], [1, 3]) };
    expect((await run(model, feeds)).loss).toHaveLength(3);
    const taken = withMore({ node: [identity('scores', 'loss')] });
    expect(append(taken)).toThrow(
      'names.value got "loss", takes another name: the model already has "loss", an output of a node Identity',
    );
  });
});

describe('a name of no logits', () => {
  it.each([
    ['Scores', 'similar: "scores"'],
    ['scroes', 'similar: "scores"'],
    ['model/scores:0', 'similar: "scores"'],
    ['prod', 'similar: "product"'],
  ])('%s', (logits, similar) => {
    expect(append(affineModel({}), { logits })).toThrow(similar);
  });

  it('has five near ones at most, the nearest first, and none of weights', () => {
    const names = ['head/scores_old', 'scores1', 'scores2', 'scores_1', 'head/scores', 'my scores'];
    const model = withMore({ node: names.map((name) => identity('scores', name)) });
    expect(append(model, { logits: 'scores3' })).toThrow(
      '; similar: "scores", "scores1", "scores2", "scores_1" (focal-onnx inspect lists all)',
    );
    expect(append(model, { logits: 'score' })).toThrow(
      '; similar: "scores", "scores1", "scores2", "scores_1", "my scores" (focal-onnx inspect lists all)',
    );
    expect(append(model, { logits: 'slope2' })).toThrow('its outputs are "scores" (focal-onnx inspect lists all)');
  });

  it('that is something else is told', () => {
    expect(append(nested, { logits: 'grad' })).toThrow(
      'takes the name of a value in the graph: this is an input in a subgraph of node "choice" (If); its outputs are',
    );
    expect(append(nested, { logits: undefined as never })).toThrow('logits got undefined, takes the name of a value');
    expect(append(nested, { logits: '' })).toThrow('logits got "", takes the name of a value in the graph');
    expect(append(affineModel({}), { logits: 'x' }, softmaxFocal())).not.toThrow();
  });
});
