import { factories } from '@focal-loss/core';
import { describe, expect, it } from 'vitest';
import { type Drawn, type DrawnCall, draws, errorOf, type Factory } from './draws.ts';
import { openGpu } from './gpu/open.ts';

type Part = 'value' | 'grad' | 'hess';

const gpu = openGpu(new URL('gpu/numbers.ts', import.meta.url));

type Errors = [name: string | number, value: number, grad: number][];

const expectSmall = (errors: Errors, most = 2e-6) => {
  for (const [name, value, grad] of errors) {
    expect(value, `value, ${name}`).toBeLessThan(most);
    expect(grad, `gradient, ${name}`).toBeLessThan(most);
  }
};

it('α near 0 or 1: 1 − α of a rounded α made α = 1e-8 nothing and α = 0.999 wrong by 1.3e-5', async () => {
  expectSmall(await gpu.call<Errors>('alphas'), 1e-6);
});

it('soft labels below 1.5e-8 were taken for 0: at x = −50, y = 1e-9 the gradient had the wrong sign', async () => {
  const { results, story } = await gpu.call<{ results: Errors; story: number[] }>('softLabels');
  expectSmall(results);
  expect(story[0]).toBeCloseTo(5e-8, 12);
  expect(story[1]).toBeCloseTo(-1e-9, 14);
});

it('results below 5e-38 came out as 0: values do down to the smallest normal number, slopes as long as their terms do', async () => {
  expectSmall(await gpu.call<Errors>('tails'), 3e-6);
});

it('a soft label far out: what was small there was taken for constant', async () => {
  const [value, grad] = await gpu.call<[number, number]>('far');
  expect(value).toBeLessThan(1e-6);
  expect(grad).toBeLessThan(1e-6);
});

it('each loss was divided before the sum: a mean of 10⁵ losses of 1e-37 was 0. Means of huge ones are still numbers', async () => {
  for (const [name, error] of await gpu.call<[string, number][]>('means')) expect(error, name).toBeLessThan(2e-6);
});

const names = Object.keys(factories) as Factory[];

/** The worst error of calls, which must all be within what is allowed. */
async function expectWithin(
  allowed: number,
  drawn: readonly Drawn[],
  parts: (i: number) => readonly Part[],
  flushed?: number,
) {
  const calls = drawn.map(({ call }, i) => ({ ...call, hess: parts(i).includes('hess') }));
  const answers = await gpu.call<Record<Part, ArrayLike<number>>[]>('drawn', calls);
  let most = { error: 0, text: '' };
  drawn.forEach((one, i) => {
    for (const part of parts(i)) {
      const error = errorOf(one, part, answers[i][part], flushed);
      if (!(error <= most.error)) most = { error, text: `${part} ${spelled(one.call)}` };
    }
  });
  console.log(`worst error ${most.error.toExponential(1)} of ${most.text.slice(0, 300)}`);
  expect(most.error, most.text).toBeLessThanOrEqual(allowed);
}

const spelled = ({ loss, logits, targets, options }: DrawnCall): string =>
  JSON.stringify({ loss, options, logits, targets }, (_, value) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value,
  );

describe('calls drawn at random, all options together, parameters and logits with all their bits', () => {
  it.each(names)(
    '%s: within 1e-5',
    // Every other one large.
    (factory) => expectWithin(1e-5, [[...draws(factory, 2, 17)][names.indexOf(factory) % 2]], () => ['value', 'grad']),
    300_000,
  );

  it.each(names)(
    '%s, of any shape, with smoothed labels, rows of probabilities, second derivatives: within 1e-5',
    // Large where that above is small.
    (factory) =>
      expectWithin(
        1e-5,
        [[...draws(factory, 2, 19, { smoothing: true, shapes: true, rows: true })][1 - (names.indexOf(factory) % 2)]],
        () => ['value', 'grad', 'hess'],
        2 ** 13,
      ),
    300_000,
  );
});
