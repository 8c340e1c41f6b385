import { afterAll, describe, expect, it } from 'vitest';
import { openGpu } from './gpu/open.ts';

const gpu = openGpu(new URL('gpu/arrays.ts', import.meta.url));
afterAll(() => gpu.close());

const allowed = { float32: 2e-6, float16: 2 ** -10 };

describe.each(['float32', 'float16'] as const)('%s', (dtype) => {
  it.each(['sizes', 'rows'])('%s of any kind', async (name) => {
    for (const [size, value, grad] of await gpu.call<[number, number, number][]>(name, dtype)) {
      expect(value, `value, ${size}`).toBeLessThan(2e-6);
      expect(grad, `gradient, ${size}`).toBeLessThan(allowed[dtype]);
    }
  });
});

it('splits what is larger than a binding', async () => {
  const { errors, refusal } = await gpu.call<{ errors: [string, number, number][]; refusal: string }>('split');
  for (const [name, value, grad] of errors) {
    expect(value, `value, ${name}`).toBeLessThan(2e-6);
    expect(grad, `gradient, ${name}`).toBeLessThan(2e-6);
  }
  expect(refusal).toMatchInlineSnapshot(
    `"FocalLossError: softmaxFocal: logits got "2000 classes", takes rows of which 64 fit the device's maxStorageBufferBindingSize of 4096 bytes"`,
  );
});

it('sums over as many workgroups as a GPU gets', async () => {
  for (const [name, value, grad] of await gpu.call<[string, number, number][]>('manyGroups')) {
    expect(value, `value, ${name}`).toBeLessThan(2e-6);
    expect(grad, `gradient, ${name}`).toBeLessThan(2e-6);
  }
});

it('answers two hundred calls in flight, each with its own numbers', async () => {
  const { worst, held, afterwards } = await gpu.call<Record<string, number>>('inFlight', 200);
  expect(worst).toBeLessThan(2e-6);
  expect(held).toBeLessThan(20);
  expect(afterwards).toBe(0);
});

it('holds no more buffers after 10,000 calls than after ten', async () => {
  const { early, late, first, last, afterwards } = await gpu.call<Record<string, number>>('leak', 10_000);
  expect(late).toBeLessThanOrEqual(early);
  expect(last).toBe(first);
  expect(afterwards).toBe(0);
});

it('changes numbers without another pipeline', async () => {
  const [first, ...others] = await gpu.call<number[]>('pipelines');
  expect(first).toBe(2);
  expect(others).toEqual([first, first]);
});

it('sums ten million terms to six digits, twice to the same bits', async () => {
  const { same, error } = await gpu.call<{ same: boolean; error: number }>('largeSum');
  expect(same).toBe(true);
  expect(error).toBeLessThan(1e-6);
});

it('runs losses of a user’s own, and names a formula that has none', async () => {
  const { value, grad, refusal } = await gpu.call<{ value: number; grad: number; refusal: string }>('own');
  expect(value).toBeLessThan(2e-6);
  expect(grad).toBeLessThan(2e-6);
  expect(refusal).toMatch(
    /^FocalLossError: broken: formula got a function, takes a formula that can be written down \(NaN/,
  );
});

it('says that the device is lost', async () => {
  expect(await gpu.call('lost')).toMatchSnapshot();
});

it('says what is wrong with a call', async () => {
  expect(await gpu.call('refusals')).toMatchSnapshot();
});
