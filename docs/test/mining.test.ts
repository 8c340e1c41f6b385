/** Hard-example mining in a page, on a device of ONNX Runtime: Chromium from npm, with WebGPU in software where there is no GPU. */
import { reference, softmaxFocal } from '@focal-loss/core';
import { type ModulePage, noChromium, openModule } from '@focal-loss/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { middles, points } from '../examples/mining/model.ts';
import type { Hard, mine, mineAppended, mineCompiled } from '../examples/mining/page.ts';

const [N, K] = [2000, 40];
const page = new URL('../examples/mining/page.ts', import.meta.url);
/** The page, or why there is none. Asking for a browser first would start one for the question. */
const opened = await openModule(page).catch(async (error) => {
  const reason = await noChromium();
  if (reason === undefined) throw error;
  return reason;
});
const without = typeof opened === 'string' ? `not run: ${opened}` : undefined;

const given = points(N);
const logits = Float32Array.from({ length: 3 * N }, (_, i) => {
  const [x, y] = middles[i % 3];
  const at = 2 * Math.floor(i / 3);
  return x * given.points[at] + y * given.points[at + 1] - (x * x + y * y) / 2;
});
const { value, grad } = reference(softmaxFocal({ gamma: 2, reduction: 'none' })).valueAndGrad(logits, given.labels, {
  shape: [N, 3],
});
const truth = value as Float64Array;

const indices = (hardest: readonly Hard[]) => hardest.map(({ index }) => index).sort((a, b) => a - b);

describe.skipIf(without)(without ?? 'a page', () => {
  const { call, close, files, page } = opened as ModulePage;
  afterAll(() => close());
  const wasm = `${files}node_modules/onnxruntime-web/dist/`;

  it("leaves logits on ONNX Runtime's device, where encode reads them; only losses come back", async () => {
    const got = await call<Awaited<ReturnType<typeof mine>>>('mine', N, K, wasm);
    expect(got.location).toBe('gpu-buffer');
    expect(got.bytes).toBe(4 * N);
    got.losses.forEach((one, i) => {
      expect(Math.abs(one - truth[i])).toBeLessThan(1e-5 * truth[i] + 1e-9);
    });
    // Every fiftieth label is wrong.
    expect(indices(got.hardest)).toEqual(given.wrong);
  }, 60_000);

  it('finds the same by a model with the loss behind its logits, of buffers too', async () => {
    const got = await call<Awaited<ReturnType<typeof mineAppended>>>('mineAppended', N, K, wasm);
    expect(got.location).toBe('gpu-buffer');
    expect(indices(got.hardest)).toEqual(given.wrong);
    for (const { index, loss } of got.hardest) expect(Math.abs(loss / truth[index] - 1)).toBeLessThan(1e-5);
  }, 60_000);

  it('finds the same by tensors as a model leaves them, and leaves gradients where they are', async () => {
    const got = await call<Awaited<ReturnType<typeof mineCompiled>>>('mineCompiled', N, K, wasm);
    expect(got.location).toBe('gpu-buffer');
    expect(got.bytes).toBe(4 * N);
    expect(indices(got.hardest)).toEqual(given.wrong);
    got.losses.forEach((one, i) => {
      expect(Math.abs(one - truth[i])).toBeLessThan(1e-5 * truth[i] + 1e-9);
    });
    got.grads.forEach((one, i) => {
      expect(Math.abs(one - grad[i])).toBeLessThan(2e-5 * Math.abs(grad[i]) + 1e-9);
    });
    expect(got.said).toMatch(/^FocalLossError: .* logits got "a disposed tensor"/);
  }, 60_000);

  it('shows them', async () => {
    await call('show', N, 3, wasm);
    const lines = await page.locator('li').allTextContents();
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(given.wrong).toContain(Number(/^point (\d+)/.exec(line)?.[1]));
  }, 60_000);
});
