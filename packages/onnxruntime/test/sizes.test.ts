/** Targets and weights of another size than the logits': ONNX broadcasts one entry to any number, and looks up rows by their place. */
import { type Loss, type Reduction, sigmoidFocal, softmaxCrossEntropy, softmaxFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { appendLoss, buildModel, type ModelOptions } from '../src/index.ts';
import { session } from './ready.ts';

type Feeds = Record<string, readonly number[]>;

/** What a model makes of inputs of the given sizes, for each of them: an error, or the first number of each output. */
async function outcomes(model: Uint8Array, given: readonly Feeds[], index?: 'int32' | 'int64') {
  const tensor = (name: string, dims: readonly number[]) => {
    const n = dims.reduce((product, size) => product * size, 1);
    return index !== undefined && name === 'targets'
      ? new ort.Tensor(index, index === 'int32' ? new Int32Array(n) : new BigInt64Array(n), dims)
      : new ort.Tensor('float32', new Float32Array(n).fill(name === 'targets' ? 1 : 0.5), dims);
  };
  const opened = await session(model, { logSeverityLevel: 4 });
  const made: (number[] | 'refused')[] = [];
  for (const sizes of given) {
    const feeds = Object.fromEntries(Object.entries(sizes).map(([name, dims]) => [name, tensor(name, dims)]));
    const out = await opened.run(feeds).catch(() => undefined);
    made.push(out === undefined ? 'refused' : Object.values(out).map(({ data }) => Number(data[0])));
  }
  await opened.release();
  return made;
}

const refusal = (got: 'refused' | number[]) => got === 'refused' || got.every(Number.isNaN);
const right = (got: 'refused' | number[]) => got !== 'refused' && !got.some(Number.isNaN);

interface Case {
  readonly story: string;
  readonly loss: (reduction: Reduction) => Loss;
  readonly options?: ModelOptions;
  readonly fits: Feeds;
  readonly wrong: readonly Feeds[];
}

const cases: readonly Case[] = [
  {
    story: 'one label was taken for all logits',
    loss: (reduction) => sigmoidFocal({ reduction }),
    fits: { logits: [5], targets: [5] },
    wrong: [{ targets: [1] }, { targets: [7] }, { logits: [1] }, { targets: [0] }],
  },
  {
    story: 'labels of one example were taken for five',
    loss: (reduction) => sigmoidFocal({ reduction, alpha: 0.3 }),
    options: { shape: ['images', 4] },
    fits: { logits: [5, 4], targets: [5, 4] },
    wrong: [{ targets: [1, 4] }, { logits: [1, 4] }],
  },
  {
    story: '7 classes for 5 rows gave another mean',
    loss: (reduction) => softmaxFocal({ reduction }),
    fits: { logits: [5, 4], targets: [5] },
    wrong: [{ targets: [7] }, { targets: [1] }, { logits: [1, 4] }, { targets: [4] }],
  },
  {
    story: 'one column of classes was taken for a map',
    loss: (reduction) => softmaxFocal({ reduction }),
    options: { shape: ['n', 4, 'width'], axis: 1 },
    fits: { logits: [5, 4, 2], targets: [5, 2] },
    wrong: [{ targets: [5, 1] }, { targets: [1, 2] }, { targets: [5, 3] }],
  },
  {
    story: 'one weight was taken for all targets',
    loss: (reduction) => sigmoidFocal({ reduction }),
    options: { weights: true },
    fits: { logits: [5], targets: [5], weights: [5] },
    wrong: [{ weights: [1] }, { weights: [7] }, { logits: [1], targets: [1] }],
  },
  {
    story: 'weights that broadcast may do so along no other axis than they say',
    loss: (reduction) => sigmoidFocal({ reduction }),
    options: { weights: true, shape: ['n', 'classes'], weightsShape: ['n', 1] },
    fits: { logits: [5, 4], targets: [5, 4], weights: [5, 1] },
    wrong: [{ weights: [1, 1] }, { weights: [5, 4] }],
  },
  {
    story: 'rows of probabilities of one example were taken for five',
    loss: (reduction) => softmaxCrossEntropy({ reduction }),
    options: { targets: 'rows' },
    fits: { logits: [5, 4], targets: [5, 4] },
    wrong: [{ targets: [1, 4] }, { targets: [5, 1] }],
  },
  {
    story: 'three factors α were taken for one class',
    loss: (reduction) => sigmoidFocal({ reduction, alpha: [0.2, 0.3, 0.4] }),
    options: { shape: ['n', 'classes'] },
    fits: { logits: [5, 3], targets: [5, 3] },
    wrong: [{ logits: [5, 1], targets: [5, 1] }],
  },
];

describe.each(cases)('$story', ({ loss, options = {}, fits, wrong }) => {
  it.each(['none', 'sum', 'mean', 'example'] as const)('%s', async (reduction) => {
    const one = loss(reduction);
    const byIndex = one.targets === 'class' && options.targets !== 'rows';
    for (const [opset, grad, index] of [
      [17, true, 'int64'],
      [25, false, 'int32'],
    ] as const) {
      const model = buildModel(one, { ...options, opset, grad, index });
      const integers = byIndex ? index : undefined;
      const given = [fits, ...wrong.map((sizes) => ({ ...fits, ...sizes }))];
      const [first, ...rest] = await outcomes(model, given, integers);
      expect(first, JSON.stringify(fits)).toSatisfy(right);
      rest.forEach((one, i) => {
        expect(one, JSON.stringify(wrong[i])).toSatisfy(refusal);
      });
    }
  });
});

it('what is ignored does not hide that sizes do not fit', async () => {
  const model = buildModel(softmaxFocal({ ignoreIndex: 0 }), { grad: true });
  const [made] = await outcomes(model, [{ logits: [5, 4], targets: [7] }], 'int64');
  expect(made).toSatisfy(refusal);
});

it('a shape that is not what the model says is refused before', () => {
  const scores = buildModel(sigmoidFocal({ reduction: 'none' }), { shape: ['n', 4] });
  const append = (shape: readonly (string | number)[]) =>
    appendLoss(scores, sigmoidFocal(), { logits: 'value', shape, names: { targets: 'y' } });
  expect(() => append([5, 3])).toThrow(/shape got \[5, 3\], takes \[n, 4\], as "value" has in the model/);
  expect(append([5, 4]).length).toBeGreaterThan(scores.length);
});
