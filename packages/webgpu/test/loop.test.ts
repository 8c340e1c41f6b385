import { expect, it } from 'vitest';
import { openGpu } from './gpu/open.ts';

const gpu = openGpu(new URL('gpu/loop.ts', import.meta.url));

it('an encoder, an open pass and a bound call give the same bits', async () => {
  const { same, error } = await gpu.call<{ same: boolean; error: number }>('ways');
  expect(same).toBe(true);
  expect(error).toBeLessThan(2e-6);
});

it('levels that share one count, scaled, added to what is there: as one call of all', async () => {
  for (const [name, error] of await gpu.call<[string, number][]>('levels')) expect(error, name).toBeLessThan(4e-6);
});

it('losses wanted one by one are scaled and added too: four at a time the text did not compile', async () => {
  for (const [name, error] of await gpu.call<[string, number][]>('each')) expect(error, name).toBeLessThan(2e-6);
});

it('sums of examples without entries are written, where what lay there stayed', async () => {
  expect(await gpu.call<number[]>('nothing')).toEqual([0, 0, 0, 10]);
});

it('a denominator in a buffer that is no number ≥ 0 makes NaN, 0 nothing', async () => {
  const { values, half } = await gpu.call<{ values: number[]; half: number }>('badCount');
  expect(values.slice(0, 3)).toEqual([Number.NaN, Number.NaN, 0]);
  expect(values[3]).toBeCloseTo(half, 6);
});

it('what is prepared does not block; what is not says so once; all objects have names', async () => {
  expect(await gpu.call('preparing')).toMatchSnapshot();
});

it('the first call waits for its pipelines with numbers of its own, also of a loss that is given back', async () => {
  expect(await gpu.call<number>('changing')).toBeLessThan(2e-6);
});

it('says what is wrong with a loop', async () => {
  expect(await gpu.call('refusals')).toMatchSnapshot();
});

it('calls of kinds and buffers seen before are as those of a loss that has seen none', async () => {
  expect(await gpu.call('remembered')).toEqual([]);
});

it('a kind of call that was taken is refused where its buffers will not do, or an array of its options has changed', async () => {
  expect(await gpu.call('refusedLater')).toMatchSnapshot();
});
