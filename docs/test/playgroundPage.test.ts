/** The playground of the built site (`npm run docs`) in a real browser. */
import * as core from '@focal-loss/core';
import { noChromium } from '@focal-loss/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packages } from '../site/packages.ts';
import typedArray from '../site/playground/adapters/typed-array.ts';
import type { Result } from '../site/playground/curves.ts';
import type { Compared } from '../site/playground/sharesView.ts';
import { sharesByDifficulty } from '../site/playground/training/difficulty.ts';
import { forward } from '../site/playground/training/perceptron.ts';
import { averagePrecision } from '../site/playground/training/precision.ts';
import { raceHere } from '../site/playground/training/race.ts';
import { start } from '../site/playground/training/setup.ts';
import { playable } from '../site/playground.ts';
import { faults, visitor } from './visit.ts';

interface Training {
  readonly backend: string;
  readonly steps: number;
  readonly precisions: readonly [number, number];
  readonly shares: readonly [number[], number[]];
}

/** What the program leaves at the playground's element. */
const left = async <T>(page: Page, name: string): Promise<T> =>
  (await page.evaluate(`document.querySelector('#playground').${name}`)) as T;

const says = (page: Page, id: string, text: RegExp) =>
  page.waitForFunction(`${text}.test(document.querySelector('#${id}').textContent)`);

const computed = (page: Page, test: string) =>
  page.waitForFunction(
    `(({ state, backend }) => ${test})(document.querySelector('#playground').result ?? { state: { params: {} }, backend: '' })`,
  );

const trained = (page: Page, test: string) =>
  page.waitForFunction(
    `((training) => training !== undefined && (({ backend, steps }) => ${test})(training))(document.querySelector('#playground').training)`,
  );

/** Holds what the page shows against the reference of core, at float32's accuracy. */
async function holds(page: Page, make: () => core.Loss): Promise<void> {
  const { table, curve, logits, point, state } = await left<Result>(page, 'result');
  const rows = await left<number[]>(page, 'rows');
  for (const [at, got] of [
    [rows, table],
    [logits, curve],
    [[state.point], point],
  ] as const) {
    const rounded = at.map(Math.fround);
    const targets = rounded.map(() => Math.fround(state.target));
    const truth = core.reference(make()).valueAndGrad(rounded, targets);
    for (const [i, expected] of [...(truth.value as Float64Array)].entries()) {
      expect(Math.abs(got.value[i] - expected)).toBeLessThanOrEqual(1e-5 * expected + 1.2e-38);
      expect(Math.abs(got.grad[i] - truth.grad[i])).toBeLessThanOrEqual(1e-5 * Math.max(Math.abs(truth.grad[i]), 1e-3));
    }
  }
}

const missing = await noChromium();

describe.skipIf(missing !== undefined)(`in Chromium${missing === undefined ? '' : ` (not run: ${missing})`}`, () => {
  let visit: Awaited<ReturnType<typeof visitor>>;
  beforeAll(async () => {
    visit = await visitor();
  }, 60_000);
  afterAll(() => visit.close());

  const at = (hash: string) => visit.open(`playground.html${hash === '' ? '' : `#${hash}`}`);

  /** The playground for a reader who asked for less motion: it waits to be told to train. */
  async function still(hash: string) {
    const visited = await visit.open('choosing.html');
    await visited.page.emulateMedia({ reducedMotion: 'reduce' });
    await visited.page.goto(`${visit.root}playground.html#${hash}`);
    return visited;
  }

  it('loads in under 200 kB, compressed as hosts do, before another adapter is chosen', async () => {
    const { page, problems, bytes, close } = await at('');
    await trained(page, "backend.startsWith('typed-array')");
    await page.waitForLoadState('networkidle');
    expect(bytes()).toBeGreaterThan(50_000);
    expect(bytes()).toBeLessThan(200_000);
    expect(problems).toEqual([]);
    await close();
  });

  it('opens with two detectors that learn, and cross-entropy’s gradient is that of easy points', async () => {
    const { page, problems, close } = await at('speed=16');
    await trained(page, 'steps > 100');
    await page.click('#train');
    expect(await page.textContent('#train')).toBe('Train');
    const { precisions, shares } = await left<Training>(page, 'training');
    for (const share of shares) expect(share.reduce((sum, one) => sum + one)).toBeCloseTo(1, 5);
    // Of what is at p_t ≥ 0.9, the loss that is named after focusing leaves little.
    expect(shares[0][9]).toBeGreaterThan(3 * shares[1][9]);
    for (const precision of precisions) expect(precision).toBeGreaterThan(0);
    expect(await page.locator('#plot-difficulty rect.bar').count()).toBe(20);
    expect(await page.locator('#plot-precision polyline').count()).toBe(3);
    await page.click('#train');
    await trained(page, 'steps === 1500');
    await says(page, 'train', /Train again/);
    await page.focus('#set-prior');
    await page.keyboard.press('ArrowLeft');
    await trained(page, 'steps < 1500');
    expect(page.url()).toContain('prior=0.2');
    expect(problems).toEqual([]);
    await close();
  });

  it('lets the text set what it speaks of', async () => {
    const { page, close } = await at('view=curves');
    await computed(page, 'backend');
    await page.click('[data-try="prior=0.01"]');
    await trained(page, 'steps > 0');
    expect(page.url()).toContain('prior=0.01');
    expect(await page.textContent('#set-prior-out')).toBe('0.01');
    expect(await page.isVisible('#view-training')).toBe(true);
    await close();
  });

  it('does not move on its own for readers who asked for less motion', async () => {
    const { page, close } = await still('');
    await trained(page, 'steps === 1');
    expect(await page.textContent('#train')).toBe('Train');
    await page.click('#train');
    await trained(page, 'steps > 1');
    await close();
  });

  it('works by keyboard, and shows what core says', async () => {
    const { page, problems, close } = await at('');
    await computed(page, 'state.params.gamma === 2');
    await holds(page, () => core.sigmoidFocal({ gamma: 2, reduction: 'none' }));
    await page.focus('#param-gamma');
    for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowLeft');
    await computed(page, 'state.params.gamma === 1.5');
    await holds(page, () => core.sigmoidFocal({ gamma: 1.5, reduction: 'none' }));
    await page.focus('#balanced');
    await page.keyboard.press('Space');
    await page.focus('#alpha');
    await page.keyboard.press('End');
    await computed(page, 'state.alpha === 1');
    await holds(page, () => core.sigmoidFocal({ gamma: 1.5, alpha: 1, reduction: 'none' }));
    await page.selectOption('#loss', 'sigmoidFocalStar');
    await page.focus('#param-beta');
    await page.keyboard.press('Home');
    await computed(page, "state.loss === 'sigmoidFocalStar' && state.params.beta === -5");
    // A loss just chosen begins at its own defaults; α, which is an option of every such loss, stays.
    await holds(page, () => core.sigmoidFocalStar({ gamma: 2, beta: -5, alpha: 1, reduction: 'none' }));
    await page.selectOption('#loss', 'qualityFocal');
    await page.focus('#tab-training');
    await page.keyboard.press('ArrowRight');
    expect(await page.evaluate('document.activeElement.id')).toBe('tab-curves');
    await page.focus('#target');
    await page.keyboard.press('Home');
    await page.focus('#axis-logit');
    await page.keyboard.press('ArrowRight');
    await computed(page, "state.loss === 'qualityFocal' && state.target === 0 && state.axis === 'pt'");
    await holds(page, () => core.qualityFocal({ reduction: 'none' }));
    expect(problems).toEqual([]);
    await close();
  });

  it('reads out a point that is dragged, and the address brings it back', async () => {
    const { page, close } = await at('view=curves&axis=pt');
    await computed(page, 'backend');
    const box = await page.locator('#plot-loss').boundingBox();
    if (box === null) throw new Error('no plot');
    await page.mouse.move(box.x + box.width / 2, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4, box.y + 60, { steps: 3 });
    await page.mouse.up();
    await computed(page, 'state.point < -0.5');
    const { state } = await left<Result>(page, 'result');
    expect(page.url()).toContain(`point=${state.point}`);
    await says(page, 'readout', /loss \d.*gradient −\d.*Cross-entropy/);
    const said = await page.textContent('#readout');
    await page.reload();
    await computed(page, `state.point === ${state.point}`);
    expect(await page.textContent('#readout')).toBe(said);
    await holds(page, () => core.sigmoidFocal({ gamma: 2, reduction: 'none' }));
    await close();
  });

  it('keeps the plots in view on a phone while a slider is moved', async () => {
    for (const [view, slider, plot] of [
      ['training', '#set-speed', '#plot-precision'],
      ['curves', '#target', '#plot-grad'],
    ]) {
      const { page, close } = await visit.open(`playground.html#view=${view}`, { width: 375 });
      await page.setViewportSize({ width: 375, height: 667 });
      await computed(page, 'backend');
      await page.locator(slider).scrollIntoViewIfNeeded();
      await page.focus(slider);
      const [moved, seen] = await Promise.all([page.locator(slider).boundingBox(), page.locator(plot).boundingBox()]);
      if (moved === null || seen === null) throw new Error('not shown');
      expect(seen.y).toBeGreaterThanOrEqual(0);
      expect(moved.y).toBeGreaterThanOrEqual(seen.y + seen.height);
      expect(moved.y + moved.height).toBeLessThanOrEqual(667);
      await close();
    }
  });

  it.each(['curves&axis=pt', 'shares'])('has no fault axe calls serious in its view %s', async (view) => {
    const { page, problems, close } = await visit.open(`playground.html#view=${view}`, { width: 375 });
    await computed(page, 'backend');
    await page.waitForSelector('.view:not([hidden]) svg');
    expect(await faults(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await faults(page, { runOnly: ['color-contrast'] })).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    expect(problems).toEqual([]);
    await close();
  });

  it('takes logits and labels of the reader’s own, and says which line is none', async () => {
    const { page, problems, close } = await at('');
    await computed(page, 'backend');
    const give = (text: string) =>
      page.setInputFiles('#file', { name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    await give('logit,label\n-3,0\n-1,0\n2,1\n');
    await says(page, 'shares', /^3 logits: mine\.csv/);
    const { own, reference } = await left<Compared>(page, 'shares');
    const truth = (make: core.Loss) => core.reference(make).valueAndGrad([-3, -1, 2], [0, 0, 1]).value as Float64Array;
    for (const [shares, loss] of [
      [own, core.sigmoidFocal({ gamma: 2, reduction: 'none' })],
      [reference, core.sigmoidCrossEntropy({ reduction: 'none' })],
    ] as const) {
      const [a, b, c] = truth(loss);
      expect(shares.negatives[1][1]).toBeCloseTo(a / (a + b), 5);
      expect(shares.positive).toBeCloseTo(c / (a + b + c), 5);
    }
    await give('1,0\n2,7\n');
    await says(page, 'file-status', /Line 2/);
    await page.click('#file-back');
    await says(page, 'shares', /face detector/);
    // Dropped anywhere, in any view.
    await page.click('#tab-training');
    await page.evaluate(`(() => {
      const data = new DataTransfer();
      data.items.add(new File(['-3;0\\n4;1'], 'dropped.csv'));
      document.querySelector('#tab-curves').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    })()`);
    await says(page, 'shares', /^2 logits: dropped\.csv/);
    expect(problems).toEqual([]);
    await close();
  });

  it('goes on without a connection, and fetches what is missing when there is one again', async () => {
    const { page, close } = await at('view=curves');
    const context = page.context();
    await computed(page, 'backend');
    await context.setOffline(true);
    await page.focus('#param-gamma');
    await page.keyboard.press('ArrowRight');
    await computed(page, 'state.params.gamma === 2.1');
    await page.click('#tab-training');
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
  const clauses = 'values.ordinary,softmax.3,bad-targets';
  const keys = playable(packages()).map(({ key }) => key);
  it.each(keys)('computes and trains with %s, and passes clauses there', async (key) => {
    const { page, problems, close } = await visit.open(`playground.html?clauses=${clauses}`);
    await trained(page, 'steps > 0');
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
    await computed(page, `backend.startsWith('${key}') && !document.querySelector('#run-conformance').disabled`);
    await page.focus('#param-gamma');
    await page.keyboard.press('ArrowRight');
    await computed(page, `backend.startsWith('${key}') && state.params.gamma === 2.1`);
    await holds(page, () => core.sigmoidFocal({ gamma: 2.1, reduction: 'none' }));
    await trained(page, `backend.startsWith('${key}') && steps >= 3`);
    await page.click('#train');
    await page.click('#run-conformance');
    await says(page, 'conformance-status', / (passes|fails): /);
    expect(await page.textContent('#conformance-status')).toMatch(/ passes: \d+ checks, 0 failed/);
    expect(problems).toEqual([]);
    await close();
  });

  it.each(keys)('%s learns what typed arrays learn here', async (key) => {
    const setup = { imbalance: 10, prior: 0.01, seed: 3 };
    const { page, close } = await still(
      `adapter=${key}&imbalance=${setup.imbalance}&prior=${setup.prior}&seed=${setup.seed}&speed=2`,
    );
    if (key === 'onnxruntime') await page.click('#action');
    await trained(page, 'steps === 1');
    await page.click('#train');
    await trained(page, 'steps > 8');
    await page.click('#train');
    const there = await left<Training>(page, 'training');
    await close();
    expect(there.backend).toContain(key);

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
  });

  it('shows declared failures as such, with their reason', async (context) => {
    if (!keys.includes('onnxruntime')) context.skip('not run: onnxruntime is not built');
    const { page, problems, close } = await visit.open(
      'playground.html?clauses=operations.pow#view=curves&adapter=onnxruntime',
    );
    await page.click('#action');
    await computed(page, "backend.startsWith('onnxruntime')");
    await page.click('#run-conformance');
    await says(page, 'conformance-status', / (passes|fails): /);
    expect(await page.textContent('#conformance-status')).toMatch(/ passes: .* 0 failed, \d+ failed as declared/);
    expect(await page.textContent('#conformance-result')).toMatch(
      /Failed as declared: .*Reason: an exponent is an attribute/,
    );
    expect(problems).toEqual([]);
    await close();
  });

  it('takes away what an adapter said that breaks down, says why, and opens it anew', async (context) => {
    if (!keys.includes('webgpu')) context.skip('not run: webgpu is not built');
    const { page, problems, close } = await at('adapter=webgpu');
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
    const { page, close } = await visit.open('prior-bias.html');
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
