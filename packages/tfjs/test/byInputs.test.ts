/** Gradients by labels and weights: where one variable fed labels as well as logits, or weights were learnt, they vanished in silence. */
import {
  distributionFocal,
  type Loss,
  type Normalizer,
  qualityFocal,
  type Reduction,
  reference,
  sigmoidFocal,
  sigmoidFocalStar,
  sigmoidPoly,
  softmaxCrossEntropy,
  softmaxFocal,
  varifocal,
} from '@focal-loss/core';
import { compile } from '@focal-loss/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { places, tf } from './node.ts';

const step = 1e-6;
const rows = [3, 4];
const logits = [0.7, -1.3, 2.1, 0.4, -0.2, 1.9, -2.2, 0.05, 0.9, -0.6, 3.1, -1.7];
const labels = [0.31, 0.72, 0.13, 0.55, 0.91, 0.07, 0.26, 0.83, 0.64, 0.38, 0.47, 0.19];
const weights = [1.3, 0.4, 2.1, 0.9, 1.1, 0.2, 0.7, 1.9, 0.6, 1.4, 0.3, 1.7];
const probabilities = [0.1, 0.2, 0.3, 0.4, 0.25, 0.05, 0.5, 0.2, 0.6, 0.1, 0.1, 0.2];

interface Case {
  readonly loss: Loss;
  readonly shape: number[];
  readonly labels: number[];
  readonly labelShape: number[];
  readonly weights: number[];
}

const sigmoid = (loss: Loss): Case => ({ loss, shape: rows, labels, labelShape: rows, weights });
const softmax = (loss: Loss): Case => ({
  ...{ loss, shape: rows, labels: probabilities, labelShape: rows, weights: weights.slice(0, 3) },
});

const reduced: [Reduction, Normalizer | undefined][] = [
  ['sum', undefined],
  ['mean', 'count'],
  ['mean', 'weights'],
  ['mean', 'positives'],
];
const cases: Record<string, Case> = {
  ...Object.fromEntries(
    reduced.map(([reduction, normalizer]) => [
      `sigmoidFocal, ${reduction} ${normalizer ?? ''}`,
      sigmoid(sigmoidFocal({ reduction, ...(normalizer && { normalizer }), gamma: 1.7, alpha: 0.3 })),
    ]),
  ),
  'a list of α': sigmoid(sigmoidFocal({ alpha: [0.2, 0.3, 0.6, 0.9] })),
  'smoothed labels': sigmoid(sigmoidFocalStar({ labelSmoothing: 0.1, reduction: 'sum' })),
  poly: sigmoid(sigmoidPoly({ reduction: 'sum' })),
  'quality focal': sigmoid(qualityFocal({ beta: 1.5 })),
  'rows of probabilities': softmax(softmaxFocal({ gamma: 1.3 })),
  'rows of probabilities, α, smoothed': softmax(
    softmaxCrossEntropy({ alpha: [0.2, 0.5, 0.9, 0.4], labelSmoothing: 0.1, normalizer: 'weights' }),
  ),
  'rows of probabilities, by positives': softmax(softmaxFocal({ background: 0, normalizer: 'positives' })),
  places: {
    ...softmax(distributionFocal({ reduction: 'sum' })),
    labels: [0.3, 2.4, 1.7],
    labelShape: [3],
  },
};

/** Central differences of the reference's value. */
function differences({ loss, shape, labels, weights }: Case, of: 'labels' | 'weights'): number[] {
  const at = (labels: readonly number[], weights: readonly number[]) =>
    reference(loss).value(logits, labels, { shape, weights }) as number;
  const moved = (given: readonly number[], i: number, by: number) => given.with(i, given[i] + by);
  return (of === 'labels' ? labels : weights).map((_, i) => {
    const value = (by: number) =>
      of === 'labels' ? at(moved(labels, i, by), weights) : at(labels, moved(weights, i, by));
    return (value(step) - value(-step)) / (2 * step);
  });
}

describe.each(places)('on $name', ({ backend, fused }) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });

  it.each(Object.entries(cases))('%s', (_, one) => {
    const { loss, shape, labels, labelShape, weights } = one;
    const run = compile(loss, { fused });
    const [byLogits, byLabels, byWeights] = tf.grads((x: tf.Tensor, y: tf.Tensor, w: tf.Tensor) => run(y, x, w))([
      tf.tensor(logits, shape),
      tf.tensor(labels, labelShape),
      tf.tensor(weights, labelShape.length === 1 || loss.link === 'softmax' ? [weights.length] : labelShape),
    ]);
    const right = reference(loss).valueAndGrad(logits, labels, { shape, weights }).grad;
    byLogits.dataSync().forEach((g, i) => {
      expect(Math.abs(g - right[i])).toBeLessThanOrEqual(1e-6 * (Math.abs(right[i]) + 0.05));
    });
    for (const [got, of] of [
      [byLabels, 'labels'],
      [byWeights, 'weights'],
    ] as const) {
      const truth = differences(one, of);
      const most = Math.max(...truth.map(Math.abs));
      got.dataSync().forEach((g, i) => {
        expect(Math.abs(g - truth[i]), `${of}[${i}] ${g} ${truth[i]}`).toBeLessThanOrEqual(3e-6 * most);
      });
    }
  });

  it('single losses and sums of examples: each with what comes from above', () => {
    for (const reduction of ['none', 'example'] as const) {
      const loss = sigmoidFocal({ reduction });
      const run = compile(loss, { fused });
      const above = reduction === 'none' ? tf.tensor(weights, rows) : tf.tensor1d([1, 2, 3]);
      const got = tf.grad((w) => tf.mul(run(tf.tensor(labels, rows), tf.tensor(logits, rows), w), above))(
        tf.ones(rows),
      );
      const single = reference(sigmoidFocal({ reduction: 'none' })).value(logits, labels) as Float64Array;
      got.dataSync().forEach((g, i) => {
        const times = reduction === 'none' ? weights[i] : 1 + Math.floor(i / 4);
        expect(Math.abs(g / (times * single[i]) - 1)).toBeLessThan(2e-6);
      });
    }
  });

  it('one variable that feeds logits and labels has the derivative of both, once more too', () => {
    const run = compile(sigmoidFocal({ reduction: 'sum', gamma: 2 }), { fused });
    const value = (t: number) => reference(sigmoidFocal({ reduction: 'sum' })).value([3 * t], [t]) as number;
    const f = (t: tf.Tensor) => run(t, tf.mul(t, 3)) as tf.Tensor;
    const [at, h] = [0.4, 1e-4];
    const first = tf
      .grad(f)(tf.tensor1d([at]))
      .dataSync()[0];
    expect(first).toBeCloseTo((value(at + h) - value(at - h)) / (2 * h), 5);
    const second = tf
      .grad((t) => tf.grad(f)(t))(tf.tensor1d([at]))
      .dataSync()[0];
    expect(second).toBeCloseTo((value(at + h) - 2 * value(at) + value(at - h)) / (h * h), 4);
  });

  it('learnt weights: a second derivative by logits and weights is the slope', () => {
    const run = compile(varifocal({ reduction: 'sum' }), { fused });
    const x = tf.tensor1d([0.3, -1.2]);
    const byBoth = tf.grad((x) => tf.sum(tf.grad((w) => run([0.6, 0], x, w))(tf.tensor1d([1, 2]))))(x);
    const { grad } = reference(varifocal({ reduction: 'sum' })).valueAndGrad([0.3, -1.2], [0.6, 0]);
    byBoth.dataSync().forEach((g, i) => {
      expect(g).toBeCloseTo(grad[i], 5);
    });
  });

  it.each(['mean by positives', 'mean by weights', 'places'])(
    'second derivatives by labels or weights of %s: they ended in "gradient function not found for Less", "Equal" or "LogicalAnd"',
    (name) => {
      const isPlace = name === 'places';
      const loss = isPlace
        ? distributionFocal({ normalizer: 'weights' })
        : sigmoidFocal({ normalizer: name === 'mean by weights' ? 'weights' : 'positives' });
      const [y, w] = isPlace ? [[0.3, 2.4, 1.7], weights.slice(0, 3)] : [labels, weights];
      const shape = isPlace ? [3] : rows;
      const x = tf.tensor(logits, rows);
      const run = compile(loss, { fused });
      const of = (by: 'x' | 'y' | 'w', at: Record<'x' | 'y' | 'w', tf.Tensor>) =>
        tf.grad((t) => {
          const { x, y, w } = Object.assign({ ...at }, { [by]: t });
          return run(y, x, w);
        })(at[by]);
      const given = { x, y: tf.tensor(y, shape), w: tf.tensor(w, shape) };
      for (const first of ['x', 'y', 'w'] as const) {
        for (const second of ['y', 'w'] as const) {
          // Nothing leads there, says tfjs: the sum is as long as a weight, and a place between two classes lies on a line.
          const isConstant =
            first === second && (isPlace ? first === 'y' : first === 'w' && name !== 'mean by weights');
          if (isConstant) continue;
          const squares = (t: tf.Tensor) => tf.sum(tf.square(of(first, { ...given, [second]: t })));
          const got = tf.grad(squares)(given[second]).dataSync()[1];
          const h = 2 ** -7;
          const moved = (by: number) => {
            const numbers = [...(second === 'y' ? y : w)];
            numbers[1] += by;
            return squares(tf.tensor(numbers, shape)).dataSync()[0];
          };
          const truth = (moved(h) - moved(-h)) / (2 * h);
          expect(Math.abs(got - truth), `${first}, ${second}: ${got}, ${truth}`).toBeLessThan(
            1e-3 * Math.abs(truth) + 1e-5,
          );
        }
      }
    },
  );

  it('ignored entries, and labels or weights that are whole numbers, have none', () => {
    const run = compile(sigmoidFocal({ reduction: 'mean', normalizer: 'weights', ignoreIndex: -1 }), { fused });
    const [byLabels, byWeights] = tf.grads((y: tf.Tensor, w: tf.Tensor) => run(y, tf.tensor1d([1, 2, 3]), w))([
      tf.tensor1d([0.5, -1, 1]),
      tf.tensor1d([1, 1, 2]),
    ]);
    expect(byLabels.dataSync()[1]).toBe(0);
    expect(Math.abs(byWeights.dataSync()[1])).toBe(0);
    expect(byLabels.dataSync()[0]).not.toBe(0);
  });

  it.each([-1, 2])(
    'an ignored place has none, and no class is ignored for having its number: ignoreIndex %i',
    (ignoreIndex) => {
      const loss = distributionFocal({ reduction: 'sum', ignoreIndex });
      const [x, places] = [logits.slice(0, 12), [0.3, ignoreIndex, 1.7]];
      const run = compile(loss, { fused });
      const got = tf
        .grad((y) => run(y, tf.tensor(x, rows)))(tf.tensor1d(places))
        .dataSync();
      const at = (by: number, i: number) =>
        reference(loss).value(x, places.with(i, places[i] + by), { shape: rows }) as number;
      const right = [0, 2].map((i) => (at(step, i) - at(-step, i)) / (2 * step));
      expect(got[1]).toBeCloseTo(0, 12);
      expect(got[0]).toBeCloseTo(right[0], 5);
      expect(got[2]).toBeCloseTo(right[1], 5);
    },
  );

  it('leaves no tensor behind', () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const run = compile(softmaxFocal({ gamma: 1.3 }), { fused });
      tf.grads((x: tf.Tensor, y: tf.Tensor, w: tf.Tensor) => run(y, x, w))([
        tf.tensor(logits, rows),
        tf.tensor(probabilities, rows),
        tf.ones([3]),
      ]);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
