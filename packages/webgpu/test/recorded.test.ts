import { expect, it } from 'vitest';
import { draws, errorOf, type Factory } from './draws.ts';
import { openGpu } from './gpu/open.ts';

const gpu = openGpu(new URL('gpu/recorded.ts', import.meta.url));

const PARTS = ['value', 'grad', 'hess'] as const;

it.each(['sigmoidFocal', 'asymmetric', 'softmaxFocal', 'softmaxCrossEntropy', 'distributionFocal'] as Factory[])(
  '%s: buffers of any shape, rows of probabilities, smoothed labels, α a class, sums of examples: within 1e-5',
  async (factory) => {
    const drawn = [...draws(factory, 2, 29, { smoothing: true, shapes: true, rows: true })].filter(
      ({ call: { options, targets, logits } }) =>
        options.weights === undefined ||
        // Those of a buffer are one a target.
        options.weights.length ===
          (targets.length === logits.length && factory.startsWith('soft') ? 0 : targets.length),
    );
    const calls = drawn.map(({ call }, i) => ({ ...call, hess: i % 2 === 0 }));
    const answers = await gpu.call<Record<string, ArrayLike<number>>[]>('recorded', calls);
    let most = { error: 0, text: '' };
    drawn.forEach((one, i) => {
      for (const part of PARTS.slice(0, calls[i].hess ? 3 : 2)) {
        const error = errorOf(one, part, answers[i][part], 2 ** 13);
        const { loss, options } = one.call;
        if (!(error <= most.error)) most = { error, text: `${part} ${JSON.stringify({ loss, options })}` };
      }
    });
    console.log(`${factory}: ${drawn.length} calls, worst error ${most.error.toExponential(1)}`);
    expect(most.error, most.text).toBeLessThanOrEqual(1e-5);
  },
  300_000,
);

it('whole numbers of every format are what they are', async () => {
  for (const [name, got, truth] of await gpu.call<[string, number[], number[]][]>('formats')) {
    expect(truth.every(Number.isFinite), name).toBe(true);
    expect(got, name).toEqual(truth);
  }
}, 300_000);

it('integers that are read as float32 make NaN: they were class 0, or a label of 0', async () => {
  for (const [name, values] of await gpu.call<[string, number[]][]>('misread')) {
    expect(values.every(Number.isNaN), `${name}: ${values}`).toBe(true);
  }
});
