import { type ModulePage, noChromium, openModule } from '@focal-loss/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const missing = await noChromium();

// Without a browser this says so in the name of a test that fails nothing: there is nothing to test in.
describe.skipIf(missing !== undefined)(missing === undefined ? 'in Chromium' : `not run: ${missing}`, () => {
  let page: ModulePage;
  beforeAll(async () => {
    page = await openModule(new URL('page.ts', import.meta.url));
    // As long as a test may take: beside other tests a browser starts slowly.
  }, 60_000);
  afterAll(() => page?.close());

  describe.each([
    { backend: 'cpu', allowance: 1e-6, gpu: false },
    { backend: 'wasm', allowance: 1e-6, gpu: false },
    { backend: 'webgl', allowance: 1e-5, gpu: true },
    { backend: 'webgpu', allowance: 1e-5, gpu: true },
  ])('$backend', ({ backend, allowance, gpu }) => {
    beforeAll(async () => {
      expect(await page.call('use', backend, page.files)).toBe(backend);
    });

    test('values and gradients of all kinds of labels, reductions and weights', async () => {
      const worst = await page.call<Record<string, number>>('worst');
      expect(Object.keys(worst)).toHaveLength(7);
      for (const [name, error] of Object.entries(worst)) expect(error, name).toBeLessThan(allowance);
    });

    test('rows, places, smoothed labels, any axis, an α a class, sums of examples, and second derivatives', async () => {
      const worst = await page.call<Record<string, number>>('options', gpu);
      expect(Object.keys(worst)).toHaveLength(10);
      for (const [name, error] of Object.entries(worst)) expect(error, name).toBeLessThan(allowance);
    });

    test('the slope at a NaN logit, which was 0 on webgpu where α is a list', async () => {
      expect(await page.call('slopesOfNaN')).toEqual([true, false]);
    });

    test('posteriors, and predictions that are NaN', async () => {
      expect(await page.call('posteriors')).toBeLessThan(gpu ? 4e-5 : 4e-6);
      expect(await page.call('nan')).toEqual([true, false]);
    });

    test('tf.grad(tf.grad(f))', async () => {
      expect(await page.call('second')).toBeLessThan(1e-5);
    });

    test('two hundred calls leave nothing behind', async () => {
      expect(await page.call('leaked', 200)).toEqual([0, 0]);
    });

    test('model.fit of a model that ends in a sigmoid', async () => {
      const [first, last, apart] = await page.call<number[]>('fit');
      expect(last).toBeLessThan(0.8 * first);
      expect(apart).toBeLessThan(1e-6);
    });
  });

  // On webgpu more than one row of workgroups.
  describe.each([
    ['webgl', 2.5e6],
    ['webgpu', 5e6],
  ])('%s, where nothing is read back', (backend, count) => {
    beforeAll(async () => {
      await page.call('use', backend, page.files);
    });

    test(`the mean over ${count} entries keeps six digits`, async () => {
      expect(await page.call('meanOfMany', count)).toBeLessThan(1e-6);
    });

    test('bad labels and weights make their entries NaN, and no others', async () => {
      expect(await page.call('bad')).toEqual(['number', 'NaN', 'NaN', 'number']);
    });
  });

  test('a device with float16 textures is refused, but for values that were asked for: small gradients would silently be 0', async () => {
    // A device is what it is from its first call on.
    await page.page.reload();
    await page.page.waitForFunction(() => 'exports' in globalThis);
    const [plain, gradient, off] = await page.call<[string, string, number]>('onFloat16Textures');
    for (const error of [plain, gradient]) {
      expect(error).toContain('sigmoidFocal: backend got "webgl with float16 textures", takes float32 textures');
    }
    // As many digits as the result has, which lies in a texture, too.
    expect(off).toBeLessThan(1e-3);
  });
});
