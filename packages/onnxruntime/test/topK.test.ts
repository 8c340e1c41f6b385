/** The hardest targets or examples, and inputs that a model has already. */
import { reference, sigmoidFocal, softmaxCrossEntropy, softmaxFocal } from '@focal-loss/core';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { appendLoss, buildModel } from '../src/index.ts';
import { affineModel } from './affineModel.ts';
import { float32, int64, run, waves } from './ready.ts';

/** The k largest, and where they are. */
const hardest = (losses: ArrayLike<number>, k: number) =>
  Array.from(losses, (loss, at) => ({ loss, at }))
    .sort((a, b) => b.loss - a.loss)
    .slice(0, k);

describe('topK', () => {
  const [rows, columns] = [7, 5];
  const logits = waves(rows * columns);
  const targets = logits.map((_, i) => (i % 3 === 0 ? 1 : 0));
  const weights = logits.map((_, i) => (i % 4) / 2);

  it.each([11, 13, 17, 21, 25] as const)(
    'of entries, weights included, whatever the reduction (opset %i)',
    async (opset) => {
      for (const reduction of ['mean', 'sum', 'none'] as const) {
        const loss = sigmoidFocal({ reduction, alpha: 0.3 });
        const model = buildModel(loss, { topK: 4, weights: true, shape: ['n', columns], opset });
        const shape = [rows, columns];
        const feeds = {
          logits: float32(logits, shape),
          targets: float32(targets, shape),
          weights: float32(weights, shape),
        };
        const { topValues, topIndices } = await run(model, feeds);
        const losses = reference(sigmoidFocal({ reduction: 'none', alpha: 0.3 })).value(logits, targets, { weights });
        const truth = hardest(losses as Float64Array, 4);
        expect(topIndices).toEqual(truth.map(({ at }) => at));
        for (const [i, { loss }] of truth.entries()) expect(Math.abs(topValues[i] / loss - 1)).toBeLessThan(1e-6);
      }
    },
  );

  it('of examples, where sums are theirs', async () => {
    const loss = sigmoidFocal({ reduction: 'example' });
    const model = buildModel(loss, { topK: 3, shape: ['n', columns] });
    const shape = [rows, columns];
    const out = await run(model, { logits: float32(logits, shape), targets: float32(targets, shape) });
    const sums = reference(loss).value(logits, targets, { shape }) as Float64Array;
    expect(out.topIndices).toEqual(hardest(sums, 3).map(({ at }) => at));
  });

  it('of fewer targets than asked for: all of them, ignored ones with 0', async () => {
    const model = buildModel(softmaxFocal({ ignoreIndex: -100 }), { topK: 99, shape: ['rows', 5] });
    const out = await run(model, {
      logits: float32(logits, [rows, columns]),
      targets: int64([0, 1, -100, 3, 4, 0, 1]),
    });
    expect(out.topValues).toHaveLength(rows);
    expect(out.topIndices.at(-1)).toBe(2);
    expect(out.topValues.at(-1)).toBe(0);
  });

  it.each([0, 1.5, -1, '3'])('takes no %s', (topK) => {
    expect(() => buildModel(sigmoidFocal(), { topK: topK as number })).toThrow(/topK got .*, takes a whole number > 0/);
  });
});

describe('inputs that are in the model', () => {
  const x = waves(6);

  it('two losses share their targets', async () => {
    const first = appendLoss(affineModel({}), sigmoidFocal(), { logits: 'scores' });
    const names = { value: 'second' };
    const both = appendLoss(first, sigmoidFocal({ gamma: 1 }), { logits: 'scores', existing: ['targets'], names });
    const session = await ort.InferenceSession.create(both, { logSeverityLevel: 3 });
    expect(session.inputNames).toEqual(['x', 'targets']);
    await session.release();
    const targets = [1, 0, 0, 1, 0, 0];
    const out = await run(both, { x: float32(x, [2, 3]), targets: float32(targets, [2, 3]) });
    expect(
      Math.abs(out.second[0] / (reference(sigmoidFocal({ gamma: 1 })).value(out.scores, targets) as number) - 1),
    ).toBeLessThan(1e-6);
    expect(Math.abs(out.loss[0] / (reference(sigmoidFocal()).value(out.scores, targets) as number) - 1)).toBeLessThan(
      1e-6,
    );
  });

  it('labels are read in the format they have: the loss before brought int64 classes', async () => {
    const first = appendLoss(affineModel({}), softmaxFocal(), { logits: 'scores' });
    const given = { logits: 'scores', existing: ['targets'], names: { value: 'second' }, grad: true } as const;
    const both = appendLoss(first, softmaxCrossEntropy(), given);
    const out = await run(both, { x: float32(x, [2, 3]), targets: int64([2, 0]) });
    const truth = reference(softmaxCrossEntropy()).value(out.scores, [2, 0], { shape: [2, 3] });
    expect(Math.abs(out.second[0] / (truth as number) - 1)).toBeLessThan(1e-6);
  });

  it('a sigmoid loss takes its labels from what the graph computes', async () => {
    // A model that is trained to give back what it is given: scores against x itself, as labels.
    const appended = appendLoss(affineModel({}), sigmoidFocal({ gamma: 0 }), {
      logits: 'scores',
      existing: ['targets'],
      names: { targets: 'x' },
    });
    const labels = [0, 1, 0.5, 0.25, 1, 0];
    const out = await run(appended, { x: float32(labels, [2, 3]) });
    expect(
      Math.abs(out.loss[0] / (reference(sigmoidFocal({ gamma: 0 })).value(out.scores, labels) as number) - 1),
    ).toBeLessThan(1e-6);
  });

  it('labels of another size than the logits, which broadcast in silence, are refused or make the loss NaN', async () => {
    const given = { logits: 'scores', existing: ['targets'], names: { value: 'second' } } as const;
    const sized = () =>
      appendLoss(affineModel({ shape: [2, 3] }), sigmoidFocal(), {
        logits: 'scores',
        weights: true,
        weightsShape: [1, 3],
        existing: ['weights'],
        names: { weights: 'x' },
      });
    expect(sized).toThrow(/names.weights got "x", takes a value of shape \[1, 3\]: in the model it is \[2, 3\]/);
    // One row of labels for two of logits: the model says neither size.
    const first = appendLoss(affineModel({}), sigmoidFocal({ reduction: 'none' }), { logits: 'scores' });
    const both = appendLoss(first, sigmoidFocal(), given);
    const session = await ort.InferenceSession.create(both, { logSeverityLevel: 4 });
    const feeds = { x: float32(x, [2, 3]), targets: float32([1, 0, 1], [1, 3]) };
    const second = await session.run(feeds).then(
      (out) => Number(out.second.data[0]),
      () => Number.NaN,
    );
    await session.release();
    expect(second).toBeNaN();
  });

  it('what is none, or of the wrong kind, is named', () => {
    const append = (loss: Parameters<typeof appendLoss>[1], more: object) => () =>
      appendLoss(affineModel({}), loss, { logits: 'scores', existing: ['targets'], ...more });
    expect(append(sigmoidFocal(), { names: { targets: 'score' } })).toThrow(
      /names.targets got "score", takes a value of the graph; similar: "scores"/,
    );
    expect(append(softmaxFocal(), { names: { targets: 'x' } })).toThrow(/takes a value of int32 or int64/);
    expect(append(sigmoidFocal(), { existing: ['weights'] })).toThrow(/existing got .*, takes no weights/);
    expect(append(sigmoidFocal(), { existing: ['logits'] })).toThrow(/existing got .*, takes a list of targets/);
  });
});
