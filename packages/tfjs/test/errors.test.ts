import { FocalLossError, sigmoidFocal } from '@focal-loss/core';
import { compile, posterior, valueGradHess } from '@focal-loss/tfjs';
import { metric, Posterior, perExample, priorBiasInitializer } from '@focal-loss/tfjs/layers';
import * as layers from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { tf } from './node.ts';

await tf.setBackend('cpu');

/** Calls as somebody writes them who has no types to help. */
const all = { compile, metric, perExample, posterior, priorBiasInitializer, sigmoidFocal, valueGradHess };
const any = all as unknown as Record<keyof typeof all, (...args: unknown[]) => never>;
const run: (...args: unknown[]) => unknown = any.compile(sigmoidFocal());

/** The message of an error that is ours. */
function message(call: () => unknown): string {
  const before = tf.memory().numTensors;
  try {
    call();
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(FocalLossError);
    expect(tf.memory().numTensors).toBe(before);
    return (error as Error).message;
  }
  return 'no error';
}

test('wrong calls were raw errors, or none', () => {
  const calls: Readonly<Record<string, () => unknown>> = {
    'compile()': () => any.compile(),
    'compile(null)': () => any.compile(null),
    'compile({})': () => any.compile({}),
    'compile(sigmoidFocal)': () => any.compile(sigmoidFocal),
    'compile(loss, null)': () => any.compile(sigmoidFocal(), null),
    'compile(loss, true)': () => any.compile(sigmoidFocal(), true),
    'compile(loss, { fromLogits: 0 })': () => any.compile(sigmoidFocal(), { fromLogits: 0 }),
    'compile(loss, { fuse: true })': () => any.compile(sigmoidFocal(), { fuse: true }),
    'compile(labels, logits), as model.compile({ loss: compile }) calls it': () =>
      tf.tidy(() => any.compile(tf.zeros([1]), tf.zeros([1]))),
    'sigmoidFocal(labels, logits), as model.compile({ loss: sigmoidFocal }) calls it': () =>
      tf.tidy(() => any.sigmoidFocal(tf.zeros([1]), tf.zeros([1]))),
    'run()': () => run(),
    'run([1])': () => run([1]),
    'run(null, [1])': () => run(null, [1]),
    'run([1], [1], null)': () => run([1], [1], null),
    'run([1], [1], undefined, null)': () => run([1], [1], undefined, null),
    'run([1], [1], { normalizer: 2 })': () => run([1], [1], { normalizer: 2 }),
    'run([1], [1], undefined, { normalizer: null })': () => run([1], [1], undefined, { normalizer: null }),
    "run([1], [1], undefined, { normalizer: '2' })": () => run([1], [1], undefined, { normalizer: '2' }),
    'run(Float64Array, Float64Array)': () => run(new Float64Array(1), new Float64Array(1)),
    'run([1n], [1])': () => run([1n], [1]),
    "run(['1'], [1])": () => run(['1'], [1]),
    'run([null], [1])': () => run([null], [1]),
    'run([[1], [1, 2]], [1])': () => run([[1], [1, 2]], [1]),
    "run('1', '1')": () => run('1', '1'),
    'run(new Set([1]), [1])': () => run(new Set([1]), [1]),
    'valueGradHess()': () => any.valueGradHess(),
    'valueGradHess(loss, null)': () => any.valueGradHess(sigmoidFocal(), null),
    'valueGradHess(loss, { fromLogits: false })': () => any.valueGradHess(sigmoidFocal(), { fromLogits: false }),
    'valueGradHess(loss)()': () => (any.valueGradHess(sigmoidFocal()) as () => unknown)(),
    'valueGradHess(loss)([1], [1], null)': () =>
      (any.valueGradHess(sigmoidFocal()) as (...args: unknown[]) => unknown)([1], [1], null),
    'posterior()': () => any.posterior(),
    'posterior(loss, null)': () => any.posterior(sigmoidFocal(), null),
    'posterior(loss, { logits: true })': () => any.posterior(sigmoidFocal(), { logits: true }),
    'posterior(loss)()': () => (any.posterior(sigmoidFocal()) as () => unknown)(),
    'posterior(loss)(null)': () => (any.posterior(sigmoidFocal()) as (x: unknown) => unknown)(null),
    'new Posterior()': () => new (Posterior as unknown as new () => object)(),
    'new Posterior({ loss: {} })': () => new Posterior({ loss: {} as never }),
    'new Posterior({ loss, axes: 1 })': () => new Posterior({ loss: sigmoidFocal(), axes: 1 } as never),
    'metric()': () => any.metric(),
    'metric(sigmoidFocal)': () => any.metric(sigmoidFocal),
    'perExample()': () => any.perExample(),
    'perExample(sigmoidFocal())': () => any.perExample(sigmoidFocal()),
    'priorBiasInitializer()': () => any.priorBiasInitializer(),
    'priorBiasInitializer(0.01)': () => any.priorBiasInitializer(0.01),
    'priorBiasInitializer({})': () => any.priorBiasInitializer({}),
    'priorBiasInitializer({ p: 0.01 })': () => any.priorBiasInitializer({ p: 0.01 }),
    "priorBiasInitializer({ pi: '0.01' })": () => any.priorBiasInitializer({ pi: '0.01' }),
    'priorBiasInitializer({ pi: 0.01, background: -1 })': () => any.priorBiasInitializer({ pi: 0.01, background: -1 }),
  };
  expect(Object.entries(calls).map(([call, work]) => `${call}\n    ${message(work)}`)).toMatchSnapshot();
});

test('a loss that was not compiled is refused by tfjs-layers itself, which reads its fields as names of outputs', () => {
  const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [2] })] });
  expect(() => model.compile({ optimizer: 'sgd', loss: sigmoidFocal() as never })).toThrowErrorMatchingSnapshot();
});

test('a factory as the loss of a model is noticed at the first step', async () => {
  const model = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [2] })] });
  model.compile({ optimizer: 'sgd', loss: sigmoidFocal as never });
  const fit = model.fit(tf.zeros([2, 2]), tf.zeros([2, 1]), { verbose: 0 });
  await expect(fit).rejects.toThrow(FocalLossError);
});
