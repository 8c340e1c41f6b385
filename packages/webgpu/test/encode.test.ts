import { expect, it } from 'vitest';
import { openGpu } from './gpu/open.ts';

const gpu = openGpu(new URL('gpu/encode.ts', import.meta.url));

it('agrees with the reference, denominators found on the GPU included', async () => {
  for (const [name, value, grad] of await gpu.call<[string, number, number][]>('agree')) {
    expect(value, `value, ${name}`).toBeLessThan(2e-6);
    expect(grad, `gradient, ${name}`).toBeLessThan(2e-6);
  }
});

it('a target or weight that is none makes its own entry NaN and no other', async () => {
  const { sigmoid, softmax, sum } = await gpu.call<Record<string, Record<string, Float32Array>>>('bad');
  const nan = (numbers: Float32Array) => Array.from(numbers, Number.isNaN);
  expect(nan(sigmoid.value)).toEqual([false, true, true, true, true, false]);
  expect(nan(sigmoid.grad)).toEqual([false, true, true, true, true, false]);
  expect(nan(softmax.value)).toEqual([false, true, true]);
  expect(nan(softmax.grad)).toEqual([false, false, true, true, true, true]);
  expect(nan(sum.value)).toEqual([true]);
  expect(nan(sum.grad)).toEqual([false, true, true, true, false, false]);
});

it('reads and writes parts of buffers, and nothing around them', async () => {
  const { grad, value, untouched } = await gpu.call<Record<string, number>>('parts');
  expect(grad).toBeLessThan(1e-6);
  expect(value).toBeLessThan(1e-6);
  expect(untouched).toBe(256 - 4);
});

it('says what is wrong with a buffer', async () => {
  expect(await gpu.call('refusals')).toMatchSnapshot();
});
