import { type ModulePage, noChromium, openModule } from '@focal-loss/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const missing = await noChromium();

describe.skipIf(missing !== undefined)(`in a browser${missing === undefined ? '' : ` (not run: ${missing})`}`, () => {
  let open: ModulePage;
  beforeAll(async () => {
    open = await openModule(new URL('browser/page.ts', import.meta.url));
  }, 60_000);
  afterAll(() => open.close());

  it('has the SIMD kernels, relaxed ones included', async () => {
    expect(await open.call('enginesHere')).toEqual(['relaxed-simd', 'simd', 'javascript']);
  });

  it.each([
    ['sigmoid', false],
    ['sigmoid', true],
    ['softmax', false],
    ['softmax', true],
  ])(
    'Web Workers, whose script bundlers once did not find, give the bits of one thread: %s, shared memory %s',
    async (kind, shared) => {
      expect(await open.call('agrees', kind, shared)).toBe(true);
    },
  );

  it('arrays in the memory of the kernels are shared with Web Workers, and give the same bits', async () => {
    expect(await open.call('agreesInPlace')).toEqual({ agrees: true, shared: true });
  });

  it('a pool that was disposed says so', async () => {
    expect(await open.call('afterDispose')).toContain('has been disposed');
  });
});

describe.skipIf(missing !== undefined)('in a page without cross-origin isolation', () => {
  it('Web Workers give the bits of one thread, from copies', async () => {
    const open = await openModule(new URL('browser/page.ts', import.meta.url), { isolated: false });
    expect(await open.call('agrees', 'sigmoid', false)).toBe(true);
    expect(await open.call('agreesInPlace')).toEqual({ agrees: true, shared: false });
    // Last, since the page stays such a page.
    expect(await open.call('untrusted')).toMatch(/^FocalLossError: .*No worker: .*TrustedScriptURL/);
    await open.close();
  });
});
