import { describe, expect, it, type TestContext } from 'vitest';
import { NOT_RUN, openGpu } from './gpu/open.ts';

const gpu = openGpu(new URL('gpu/arrays.ts', import.meta.url));
const withSubgroups = openGpu(new URL('gpu/arrays.ts', import.meta.url), ['subgroups']);

type Errors = [name: string | number, value: number, grad: number][];

describe.each([
  ['through memory', gpu],
  ['through subgroups', withSubgroups],
] as const)('sums %s', (_, { call }) => {
  async function check(context: TestContext, name: string, allowed: number, ...args: unknown[]) {
    const errors = await call<Errors>(name, ...args).catch((error: Error) => {
      if (error.message.includes(NOT_RUN)) return context.skip(error.message);
      throw error;
    });
    for (const [size, value, grad] of errors) {
      expect(value, `value, ${size}`).toBeLessThan(2e-6);
      expect(grad, `gradient, ${size}`).toBeLessThan(allowed);
    }
  }

  it('sizes of any kind', (context) => check(context, 'sizes', 2e-6, 'float32'));
  it('rows of any kind', (context) => check(context, 'rows', 2e-6, 'float32'));
  it('as many workgroups as a GPU gets', (context) => check(context, 'manyGroups', 2e-6));
});

// How sums are made has no part in it.
describe('float16', () => {
  it.each(['sizes', 'rows'])('%s of any kind', async (name) => {
    for (const [size, value, grad] of await gpu.call<Errors>(name, 'float16')) {
      expect(value, `value, ${size}`).toBeLessThan(2e-6);
      expect(grad, `gradient, ${size}`).toBeLessThan(2 ** -10);
    }
  });
});

it('a device whose workgroups are short', async () => {
  for (const [name, value, grad] of await gpu.call<Errors>('manyGroups', 128)) {
    expect(value, `value, ${name}`).toBeLessThan(2e-6);
    expect(grad, `gradient, ${name}`).toBeLessThan(2e-6);
  }
});

it('the rare among the common', async () => {
  for (const [size, value, grad] of await gpu.call<Errors>('rare')) {
    expect(value, `value, ${size}`).toBeLessThan(2e-6);
    expect(grad, `gradient, ${size}`).toBeLessThan(2e-6);
  }
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

it('answers two hundred calls in flight, each with its own numbers', async () => {
  const { worst, held, afterwards } = await gpu.call<Record<string, number>>('inFlight', 200);
  expect(worst).toBeLessThan(2e-6);
  expect(held).toBeLessThan(20);
  expect(afterwards).toBe(0);
});

it('holds no more buffers after 600 calls than after ten', async () => {
  const { early, late, first, last, afterwards } = await gpu.call<Record<string, number>>('leak', 600);
  expect(late).toBeLessThanOrEqual(early);
  expect(last).toBe(first);
  expect(afterwards).toBe(0);
});

it('changes numbers without another pipeline', async () => {
  const [first, ...others] = await gpu.call<number[]>('pipelines');
  expect(first).toBe(2);
  expect(others).toEqual([first, first]);
});

it('sums ten million terms to six digits, a million twice to the same bits', async () => {
  const { same, error } = await gpu.call<{ same: boolean; error: number }>('largeSum');
  expect(same).toBe(true);
  expect(error).toBeLessThan(1e-6);
});

it('runs losses of a user’s own, and names a formula that has none', async () => {
  const { value, grad, refusal } = await gpu.call<{ value: number; grad: number; refusal: string }>('own');
  expect(value).toBeLessThan(2e-6);
  expect(grad).toBeLessThan(2e-6);
  expect(refusal).toMatch(
    /^FocalLossError: broken: formula got a function, takes a formula that can be written as shader code \(NaN/,
  );
});

it('says that the device is lost', async () => {
  expect(await gpu.call('lost')).toMatchSnapshot();
});

it('says what is wrong with a call', async () => {
  expect(await gpu.call('refusals')).toMatchSnapshot();
});
