import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModulePage, noChromium, openModule, vulkanEnvironment } from '../dist/index.js';

const module = (name: string) => new URL(`modules/${name}.js`, import.meta.url);
const missing = await noChromium();

describe.skipIf(missing !== undefined)(
  `a browser from npm${missing === undefined ? '' : ` (not run: ${missing})`}`,
  () => {
    let open: ModulePage;
    beforeAll(async () => {
      open = await openModule(module('gpu'));
    }, 60_000);
    afterAll(() => open.close());

    it('has WebGPU, WebGL2 and shared memory', async () => {
      expect(await open.call('describeAdapter')).toMatchObject({ vendor: expect.any(String) });
      expect(await open.call('webglRenderer')).toEqual(expect.any(String));
      expect(await open.call('isolated')).toBe(true);
    });

    it('is told numbers as they are', async () => {
      const numbers = [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-300];
      expect(await open.call('echo', ...numbers)).toEqual(numbers);
    });

    it('finds files of the repository', async () => {
      expect((await fetch(`${open.files}package.json`)).status).toBe(200);
    });
  },
);

describe('Node', () => {
  it('has WebGPU from npm', () => {
    const out = execFileSync(process.execPath, [fileURLToPath(module('node'))], {
      env: { ...process.env, ...vulkanEnvironment() },
    });
    expect(JSON.parse(out.toString())).toMatchObject({ vendor: expect.any(String) });
  });
});
