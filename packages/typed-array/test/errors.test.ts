import { defineLoss, iouAwareCrossEntropy, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.ts';

const sigmoid = compile(sigmoidFocal());
const softmax = compile(softmaxFocal({ alpha: [1, 2, 3] }));
const x = new Float32Array([1, 2, 3]);
const shared = new ArrayBuffer(16);

/** The message of what `f` throws. */
function message(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return String(error);
  }
  return 'nothing was thrown';
}

describe('errors name the argument, what it got and what it takes', () => {
  it.each([
    ['logits of another kind', () => sigmoid.value(new Int32Array(3) as never, [1, 0, 1])],
    ['logits missing', () => sigmoid.value(undefined as never, [1, 0, 1])],
    ['too few targets', () => sigmoid.value(x, [1, 0])],
    ['targets missing', () => sigmoid.value(x, undefined as never)],
    ['a target that is no probability', () => sigmoid.value(x, [1, 0, 1.5])],
    ['a target that is no number', () => sigmoid.value(x, [1, 0, 'cat'] as never)],
    ['a target in the second block', () => sigmoid.value(new Float32Array(2000), new Int8Array(2000).fill(-1, 1999))],
    ['too few weights', () => sigmoid.value(x, [1, 0, 1], { weights: [1, 2] })],
    [
      'weights of a shape that does not broadcast',
      () => sigmoid.value(x, [1, 0, 1], { weights: [1, 2], weightsShape: [2, 1] }),
    ],
    ['an axis without a shape', () => sigmoid.value(x, [1, 0, 1], { axis: 0 })],
    ['an axis there is not', () => softmax.value(x, [1], { shape: [1, 3], axis: 2 })],
    ['a probability that is none', () => softmax.value(x, [1, 0, -1], { shape: [1, 3] })],
    [
      'a probability that is none, classes first',
      () => softmax.value(new Float32Array(6), [1, 0, 0, 0, 2, 0], { shape: [3, 2], axis: 0 }),
    ],
    [
      'rows of probabilities beside ignoreIndex',
      () => compile(softmaxFocal({ ignoreIndex: -1 })).value(x, [1, 0, 0], { shape: [1, 3] }),
    ],
    [
      'second derivatives over the gradient',
      () =>
        sigmoid.valueGradHess(x, [1, 0, 1], {
          grad: new Float32Array(shared, 0, 3),
          hess: new Float32Array(shared, 4, 3),
        }),
    ],
    ['an array for the gradient of a value', () => sigmoid.value(x, [1, 0, 1], { grad: x } as never)],
    [
      'an array for the second derivatives of a gradient',
      () => sigmoid.valueAndGrad(x, [1, 0, 1], { hess: x } as never),
    ],
    ['a posterior of targets', () => sigmoid.posterior(x, { targets: [1] } as never)],
    ['a posterior that is none', () => compile(iouAwareCrossEntropy()).posterior(x)],
    ['a posterior of another shape', () => softmax.posterior(x, { shape: [2, 2] })],
    ['a negative weight', () => sigmoid.value(x, [1, 0, 1], { weights: [1, -1, 1] })],
    ['a misspelt option', () => sigmoid.value(x, [1, 0, 1], { weigths: [1, 1, 1] } as never)],
    ['a shape of another size', () => sigmoid.value(x, [1, 0, 1], { shape: [2, 2] })],
    ['a denominator of 0', () => sigmoid.value(x, [1, 0, 1], { normalizer: 0 })],
    ['a gradient of another length', () => sigmoid.valueAndGrad(x, [1, 0, 1], { grad: new Float32Array(2) })],
    ['a gradient of another kind', () => sigmoid.valueAndGrad(x, [1, 0, 1], { grad: [0, 0, 0] as never })],
    ['a softmax without shape', () => softmax.value(x, [1])],
    ['a softmax over one class', () => softmax.value(x, [0, 0, 0], { shape: [3, 1] })],
    ['a class that is none', () => softmax.value(x, [3], { shape: [1, 3] })],
    ['a class between two', () => softmax.value(x, [0.5], { shape: [1, 3] })],
    ['α for other classes', () => softmax.value(new Float32Array(2), [1], { shape: [1, 2] })],
    [
      'a normalizer beside a sum',
      () => compile(sigmoidFocal({ reduction: 'sum' })).value(x, [1, 0, 1], { normalizer: 3 }),
    ],
    ['options that are null', () => sigmoid.value(x, [1, 0, 1], null as never)],
    ['a misspelt option of compile', () => compile(sigmoidFocal(), { engin: 'simd' } as never)],
    ['a factory instead of a loss', () => compile(sigmoidFocal as never)],
    ['an object that is no loss', () => compile({} as never)],
    ['no loss at all', () => compile(undefined as never)],
    ['a Set of weights', () => sigmoid.value(x, [1, 0, 1], { weights: new Set([1, 2, 3]) as never })],
    ['an ignoreIndex it is not', () => compile(sigmoidFocal({ ignoreIndex: -1 })).value(x, [1, -2, 1])],
  ])('%s', (_, call) => {
    expect(message(call)).toMatchSnapshot();
  });

  it('what a getter says first is what counts, and what it says then is not asked for', () => {
    let asked = 0;
    const options = {
      get weights() {
        return asked++ === 0 ? [1, 1, 1] : ['cat'];
      },
    };
    expect(sigmoid.value(x, [1, 0, 1], options as never)).toBe(sigmoid.value(x, [1, 0, 1], { weights: [1, 1, 1] }));
    expect(asked).toBe(1);
  });

  it('a loss of the user own is named in its errors', () => {
    const mine = compile(defineLoss({ name: 'mine', formula: (o, x) => o.softplus(x) }));
    expect(message(() => mine.value(x, [1, 0, 7]))).toContain('mine: targets[2] got 7');
  });
});
