import { factories, iouAwareCrossEntropy, reference } from '@focal-loss/core';
import { type Drawn, draws } from '@focal-loss/testing/draws';
import { compile } from '@focal-loss/tfjs';
import { describe, expect, test } from 'vitest';
import { places, tf } from './node.ts';

/** The smallest normal float32: below it a truth has fewer digits. */
const LEAST = 2 ** -126;

/** The worst error of value and gradient, relative to the truth or, for differences, to the size of its terms. */
function errorOf({ loss, logits, targets, weights, shape, truth }: Drawn, fused: boolean): number {
  const error = (got: ArrayLike<number>, truths: readonly number[], scales: readonly number[] = truths) =>
    Math.max(
      ...truths.map((truth, i) => {
        const scale = Math.max(Math.abs(truth), Math.abs(scales[i]));
        return scale < LEAST ? 0 : Math.abs(got[i] - truth) / scale;
      }),
    );
  return tf.tidy(() => {
    const run = compile(loss, { fused });
    const w = weights && tf.tensor(weights);
    const { value, grad } = tf.valueAndGrad((x) => run(tf.tensor(targets), x, w))(tf.tensor(logits, shape));
    return Math.max(
      error(value.dataSync(), truth.value, truth.valueScale),
      error(grad.dataSync(), truth.grad, truth.gradScale),
    );
  });
}

/** Those of the paper, with the oracle behind them; `options.test.ts` has all. */
const ofPaper = (Object.keys(factories) as (keyof typeof factories)[]).filter((name) =>
  ['crossEntropy', 'focal', 'focalStar', 'qualityFocal'].includes(factories[name]().key as string),
);

describe.each(ofPaper)('%s', (factory) => {
  const drawn = [...draws(factory, 12, 13)];

  test.each(places)('calls drawn at random, all options together, on $name', async ({ name, backend, fused }) => {
    await tf.setBackend(backend);
    let most = { error: 0, text: '' };
    for (const one of drawn) {
      const error = errorOf(one, fused);
      if (!(error <= most.error)) most = { error, text: one.text };
    }
    console.log(`${factory} on ${name}: worst error ${most.error.toExponential(1)}`);
    expect(most.error, most.text).toBeLessThanOrEqual(fused ? 1e-6 : 1e-5);
  });
});

test('composed: a root of σ(x) where it is no normal number, σ(−126.5)^¼, was 0', () => {
  const logits = [-98.618896484375, -126.5, -90, -64.1, -60, -250];
  const targets = [0.033, 0.7, 0.5, 1, 0.2, 1].map(Math.fround);
  for (const alpha of [0.25, 0.0731, 0.3]) {
    const loss = iouAwareCrossEntropy({ alpha, floor: 0, reduction: 'none' });
    const truth = reference(loss).value(logits.map(Math.fround), targets) as Float64Array;
    const got = tf.tidy(() => compile(loss, { fused: false })(tf.tensor(targets), tf.tensor(logits)).dataSync());
    truth.forEach((expected, i) => {
      expect(Math.abs(got[i] - expected) / expected, `α = ${alpha} at ${logits[i]}`).toBeLessThan(1.8e-5);
    });
  }
});
