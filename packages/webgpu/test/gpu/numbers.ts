/** What the tests of single numbers do on the GPU. */
import {
  asymmetric,
  type Loss,
  lossFrom,
  qualityFocal,
  reference,
  sigmoidCrossEntropy,
  sigmoidFocal,
  softmaxFocal,
} from '@focal-loss/core';
import { compile } from '@focal-loss/webgpu';
import type { DrawnCall } from '../draws.ts';
import { download, upload, worst } from './buffers.ts';

/** A loss of given logits and labels, each on its own: [relative error of value, of gradient]. */
async function errors(device: GPUDevice, loss: Loss, logits: number[], targets: number[]): Promise<[number, number]> {
  const run = await compile(loss, { device, prepare: [] });
  const got = await run.valueAndGrad(Float32Array.from(logits), Float32Array.from(targets));
  const truth = reference(loss).valueAndGrad(Float32Array.from(logits), Float32Array.from(targets));
  run.dispose();
  const least = 2 ** -126;
  return [
    worst(got.value as Float32Array, truth.value as Float64Array, least),
    worst(got.grad, truth.grad as Float64Array, least),
  ];
}

/** α near its ends. [α, error of value, of gradient]. */
export async function alphas(device: GPUDevice) {
  const results: [number, number, number][] = [];
  for (const alpha of [1e-8, 1e-6, 0.001, 0.5, 0.999, 1 - 1e-6, 1 - 1e-8]) {
    const loss = sigmoidCrossEntropy({ alpha, reduction: 'none' });
    results.push([alpha, ...(await errors(device, loss, [0, 0, 3, -3], [0, 1, 1, 0]))]);
  }
  return results;
}

/** Soft labels as small as they come, and as near to 1 as float32 has them. [name, error of value, of gradient]. */
export async function softLabels(device: GPUDevice) {
  const results: [string, number, number][] = [];
  // Where no gradient is a difference that cancels.
  const logits = [-80, -50, -50, -50, -20, 5, 50, 50, 20];
  const targets = [1e-12, 1e-12, 1e-9, 1.4e-8, 1e-7, 1e-12, 1 - 2 ** -24, 1 - 2 ** -23, 0.5];
  for (const loss of [
    sigmoidCrossEntropy({ reduction: 'none' }),
    sigmoidFocal({ gamma: 1.5, reduction: 'none' }),
    qualityFocal({ reduction: 'none' }),
  ]) {
    results.push([loss.name, ...(await errors(device, loss, logits, targets))]);
  }
  const run = await compile(sigmoidCrossEntropy({ reduction: 'none' }), { device, prepare: [] });
  const story = await run.valueAndGrad([-50], [1e-9]);
  run.dispose();
  return { results, story: [story.value[0], story.grad[0]] };
}

/**
 * Tails: values down to the smallest normal number, slopes as long as their terms, of which there may be γ + 1, are normal
 * numbers. [name, error of value, of gradient].
 */
export async function tails(device: GPUDevice) {
  const results: [string, number, number][] = [];
  for (const gamma of [0, 0.5, 1, 1.7, 2, 3, 4.9]) {
    const loss = sigmoidFocal({ gamma, reduction: 'none' });
    const run = await compile(loss, { device, prepare: [] });
    const end = 88 / (1 + gamma);
    const logits = Float32Array.from({ length: 4000 }, (_, i) => (end * i) / 4000);
    const targets = logits.map(() => 1);
    const got = await run.valueAndGrad(logits, targets);
    const truth = reference(loss).valueAndGrad(logits, targets);
    run.dispose();
    const error = (numbers: ArrayLike<number>, truths: ArrayLike<number>, least: number) =>
      Math.max(...Array.from(truths, (t, i) => (Math.abs(t) < least ? 0 : Math.abs(numbers[i] / t - 1))));
    results.push([
      `γ = ${gamma}`,
      error(got.value as Float32Array, truth.value as Float64Array, 2 ** -126),
      error(got.grad, truth.grad, ((1 + gamma) / Math.min(1, gamma || 1)) * 2 ** -126),
    ]);
  }
  return results;
}

/** Soft labels on a far logit. [error of value, of gradient] for values that float32 has. */
export const far = (device: GPUDevice) =>
  errors(
    device,
    sigmoidCrossEntropy({ reduction: 'none' }),
    [1e38, -1e38, 1e30, 2 ** 97, -3e38],
    [1e-12, 1 - 2 ** -24, 1e-9, 0.25, 1],
  );

/** Means of losses near both ends of float32, divided by what the host and what the GPU found: relative errors. */
export async function means(device: GPUDevice) {
  const results: [string, number][] = [];
  for (const [name, logit, n] of [
    ['tiny', 85, 100_000],
    ['huge', -3e38, 8],
    ['huge, none of them at once', -3e38, 3],
  ] as const) {
    for (const ignoreIndex of [undefined, -1]) {
      const loss = sigmoidCrossEntropy(ignoreIndex === undefined ? {} : { ignoreIndex });
      const logits = new Float32Array(n).fill(logit);
      const targets = new Float32Array(n).fill(1);
      const truth = reference(loss).value(logits, targets) as number;
      const run = await compile(loss, { device, prepare: [] });
      const value = upload(device, [0]);
      const encoder = device.createCommandEncoder();
      run.encode(encoder, { logits: upload(device, logits), targets: upload(device, targets), value });
      device.queue.submit([encoder.finish()]);
      const [onDevice] = await download(device, value);
      results.push([`${name}, arrays`, worst([await run.value(logits, targets)], [truth], 2 ** -126)]);
      results.push([`${name}, buffers`, worst([onDevice], [truth], 2 ** -126)]);
      run.dispose();
    }
  }
  return results;
}

/** What drawn calls give. */
export async function drawn(device: GPUDevice, calls: readonly (DrawnCall & { hess: boolean })[]) {
  const answers: object[] = [];
  for (const { loss, logits, targets, options, hess } of calls) {
    const run = await compile(lossFrom(loss), { device, prepare: [] });
    answers.push(await run[hess ? 'valueGradHess' : 'valueAndGrad'](logits, targets, options));
    run.dispose();
  }
  return answers;
}

/** The posteriors of drawn calls, as probabilities and, of the first, as logits. */
export async function posteriors(device: GPUDevice, calls: readonly DrawnCall[]) {
  const answers: [Float32Array, Float32Array | undefined][] = [];
  for (const { loss, logits, options } of calls) {
    const run = await compile(lossFrom(loss), { device, prepare: [] });
    const { shape, axis } = options;
    answers.push([
      await run.posterior(logits, { shape, axis }),
      answers.length === 0 ? await run.posterior(logits, { shape, axis, logit: true }) : undefined,
    ]);
    run.dispose();
  }
  return answers;
}

/** Logits that are none, infinite or as large as they come. */
export async function posteriorEnds(device: GPUDevice) {
  const [run, rows, none] = await Promise.all([
    compile(sigmoidFocal({ gamma: 5 }), { device, prepare: [] }),
    compile(softmaxFocal({ gamma: 1.5 }), { device, prepare: [] }),
    compile(asymmetric(), { device, prepare: [] }),
  ]);
  const sigmoid = await run.posterior([Number.NaN, 3e38, -3e38, Infinity, -Infinity]);
  const softmax = await rows.posterior([Number.NaN, 0, 1, 3e38, -3e38, 0, 3e38, 3e38, -3e38], { shape: [3, 3] });
  const refusal = await none.posterior([1]).catch(String);
  const halves = await compile(sigmoidFocal({ gamma: 5 }), { device, dtype: 'float16', prepare: [] });
  const [got, same] = [await halves.posterior([2, -1, 2 ** -20]), await run.posterior([2, -1, 2 ** -20])];
  for (const one of [run, rows, none, halves]) one.dispose();
  return { half: worst(got, same), sigmoid, softmax, refusal };
}
