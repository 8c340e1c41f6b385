/** The adapters in the playground of the built site (`npm run docs`), in a real browser: what comes, what fails, what is right. */
import * as core from '@focal-loss/core';
import { expect, it } from 'vitest';
import { packages } from '../site/packages.ts';
import typedArray from '../site/playground/adapters/typed-array.ts';
import { sharesByDifficulty } from '../site/playground/training/difficulty.ts';
import { forward } from '../site/playground/training/perceptron.ts';
import { averagePrecision } from '../site/playground/training/precision.ts';
import { raceHere } from '../site/playground/training/race.ts';
import { start } from '../site/playground/training/setup.ts';
import { playable } from '../site/playground.ts';
import { computed, holds, left, says, type Training, trained } from './playgroundVisit.ts';
import { inChromium } from './visit.ts';

inChromium((visit) => {
  const at = (hash: string, options = {}) => visit.open(`playground.html#${hash}`, options);

  it('goes on without a connection, and fetches what is missing when there is one again', async () => {
    const { page, close } = await at('view=curves');
    const context = page.context();
    await computed(page, 'backend');
    await context.setOffline(true);
    await page.focus('#param-gamma');
    await page.keyboard.press('ArrowRight');
    await computed(page, 'state.params.gamma === 2.1');
    await page.click('#tab-training');
    await page.click('#train');
    await trained(page, 'steps > 5');
    await page.click('#tab-shares');
    await says(page, 'problem', /did not load\. Is the connection there\?/);
    await page.selectOption('#adapter', 'tfjs');
    await says(page, 'problem', /tfjs did not load/);
    // What the adapter before had said is gone.
    expect(await left(page, 'result')).toBeUndefined();
    expect(await page.locator('.plot svg').count()).toBe(0);
    expect(await page.getAttribute('#problem', 'role')).toBe('alert');
    await page.click('#action');
    await says(page, 'problem', /tfjs did not load/);
    await context.setOffline(false);
    await page.click('#action');
    await computed(page, "backend.startsWith('tfjs') && state.params.gamma === 2.1");
    await says(page, 'shares', /face detector/);
    expect(await page.isVisible('#problem')).toBe(false);
    await close();
  });

  it('passes the whole suite on typed arrays at the press of a button, and times them', async () => {
    const { page, problems, close } = await at('view=curves');
    await computed(page, 'backend');
    await page.click('#run-conformance');
    await says(page, 'conformance-status', / (passes|fails): /);
    expect(await page.textContent('#conformance-status')).toMatch(/ passes: \d{4} checks, 0 failed/);
    expect(await page.locator('#conformance-result tbody tr').count()).toBeGreaterThan(50);
    await page.click('#run-benchmark');
    await page.waitForSelector('#benchmark-result tbody tr');
    expect(await page.locator('#benchmark-result tbody tr').count()).toBe(2);
    expect(problems).toEqual([]);
    await close();
  });

  // The whole suite in a browser is each package's own test; here it is the plug that is tried.
  const clauses = 'softmax.3,bad-targets,operations.pow';
  const setup = { imbalance: 10, prior: 0.01, seed: 3 };
  const keys = playable(packages()).map(({ key }) => key);
  it.each(keys)('%s learns what typed arrays learn here, computes, and passes clauses', async (key) => {
    const { page, problems, close } = await visit.open(
      `playground.html?clauses=${clauses}#imbalance=${setup.imbalance}&prior=${setup.prior}&seed=${setup.seed}&speed=2`,
    );
    await trained(page, 'steps === 1');
    await page.selectOption('#adapter', key);
    if (key === 'onnxruntime') {
      await says(page, 'status', /onnxruntime loads 1\d\.\d MB/);
      expect(
        await page.evaluate(
          "performance.getEntriesByType('resource').filter(({ name }) => /onnx|wasm/.test(name)).length",
        ),
      ).toBe(0);
      await page.click('#action');
    }
    await trained(page, `backend.startsWith('${key}') && steps === 1`);
    await page.click('#train');
    await trained(page, 'steps > 8');
    await page.click('#train');
    await learnt(await left<Training>(page, 'training'));

    await computed(page, `backend.startsWith('${key}') && !document.querySelector('#run-conformance').disabled`);
    await page.focus('#param-gamma');
    await page.keyboard.press('ArrowRight');
    await computed(page, `backend.startsWith('${key}') && state.params.gamma === 2.1`);
    await holds(page, () => core.sigmoidFocal({ gamma: 2.1, reduction: 'none' }));
    await page.click('#run-conformance');
    await says(page, 'conformance-status', / (passes|fails): /);
    expect(await page.textContent('#conformance-status')).toMatch(/ passes: [1-9]\d* checks, 0 failed/);
    expect(await page.textContent('#conformance-result')).not.toMatch(/Failed/);
    expect(problems).toEqual([]);
    await close();
  });

  /** Holds a race against the same with typed arrays in this process. */
  async function learnt(there: Training): Promise<void> {
    const each = { reduction: 'mean', normalizer: 'positives' } as const;
    const begin = start(setup);
    const losses = [core.sigmoidCrossEntropy(each), core.sigmoidFocal({ gamma: 2, ...each })] as const;
    const race = raceHere((await typedArray()).backend, losses, begin);
    for (let taken = 0; taken < there.steps; ) taken += await race.step(there.steps - taken);
    const scores = new Float32Array(begin.heldOut.labels.length);
    for (const [i, { weights, logits, slopes }] of (await race.look()).entries()) {
      forward(weights, begin.heldOut.at, scores);
      // Roundings grow in training: two places are what stays.
      expect(there.precisions[i]).toBeCloseTo(averagePrecision(scores, begin.heldOut.labels, begin.weight), 2);
      const shares = sharesByDifficulty(logits, begin.points.labels, slopes);
      for (const [j, share] of shares.entries()) expect(there.shares[i][j]).toBeCloseTo(share, 2);
    }
  }

  it('takes away what an adapter said that breaks down, says why, and opens it anew', async (context) => {
    if (!keys.includes('webgpu')) context.skip('not run: webgpu is not built');
    const { page, problems, close } = await at('adapter=webgpu', { motion: true });
    await trained(page, 'steps > 0');
    await page.evaluate(`globalThis.submit = GPUQueue.prototype.submit;
      GPUQueue.prototype.submit = () => { throw new Error('the GPU went away'); };`);
    await says(page, 'problem', /the GPU went away/);
    expect(await left(page, 'result')).toBeUndefined();
    expect(await left(page, 'training')).toBeUndefined();
    expect(await page.locator('.plot svg').count()).toBe(0);
    expect(await page.locator('#table tbody tr').count()).toBe(0);
    await page.evaluate('GPUQueue.prototype.submit = globalThis.submit;');
    await page.focus('#action');
    await page.keyboard.press('Enter');
    await trained(page, 'steps > 0');
    expect(await page.isVisible('#problem')).toBe(false);
    expect(await page.evaluate('document.activeElement.id')).toBe('adapter');
    expect(problems).toEqual([]);
    await close();
  });

  it('says so where the browser has no WebGPU', async (context) => {
    if (!keys.includes('webgpu')) context.skip('not run: webgpu is not built');
    const { page, close } = await visit.open('404.html');
    await page.addInitScript("Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined })");
    await page.goto(`${visit.root}playground.html`);
    await computed(page, 'backend');
    await page.selectOption('#adapter', 'webgpu');
    await says(page, 'problem', /has no WebGPU/);
    await page.selectOption('#adapter', 'typed-array');
    await says(page, 'status', /^Computed by typed-array/);
    await close();
  });
});
