/** The built site (`npm run docs`) in a real browser, and every link of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@focal-loss/core';
import { noChromium } from '@focal-loss/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenLinks } from '../site/links.ts';
import { docs, packages } from '../site/packages.ts';
import { pages } from '../site/pages.ts';
import type { Result } from '../site/playground/curves.ts';
import { playable } from '../site/playground.ts';
import { faults, site, visitor } from './visit.ts';

const files = readdirSync(site, { recursive: true, encoding: 'utf8' });
/** Made by one program, with the colours of the other pages: those are looked at once. */
const reference = files.filter((file) => /^api[/\\].*\.html$/.test(file));
const ours = [...pages().map(({ file }) => file), 'playground.html', 'changelog.html', '404.html'];

describe('the files', () => {
  it('hold no link or anchor that leads nowhere, and ask no other server', () => {
    expect(brokenLinks(site)).toEqual([]);
  });

  it('are a page for each guide and package, and a reference of each built package', () => {
    for (const file of ours) expect(files).toContain(file);
    for (const { key, built, name } of packages()) {
      if (built) expect(readFileSync(join(site, 'api/index.html'), 'utf8'), key).toContain(name);
    }
  });

  it('name no folder of the machine they were built on', () => {
    for (const file of files.filter((name) => /\.(html|js|css|svg)$/.test(name))) {
      expect(readFileSync(join(site, file), 'utf8').includes(docs), file).toBe(false);
    }
  });
});

const missing = await noChromium();

describe.skipIf(missing !== undefined)(`in Chromium${missing === undefined ? '' : ` (not run: ${missing})`}`, () => {
  let visit: Awaited<ReturnType<typeof visitor>>;
  const root = () => visit.root;
  const open: typeof visit.open = (file, options) => visit.open(file, options);
  beforeAll(async () => {
    visit = await visitor();
  }, 60_000);
  afterAll(() => visit.close());

  it.each(ours)(
    '%s: no error, no fault axe calls serious, nothing wider than a phone, light and dark',
    async (file) => {
      const { page, problems, close } = await open(file, { width: 375 });
      if (file === 'playground.html') await page.waitForFunction("'result' in document.querySelector('#playground')");
      expect(await faults(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
      // Only colours differ in the dark.
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await faults(page, { runOnly: ['color-contrast'] })).toEqual([]);
      expect(problems).toEqual([]);
      await close();
    },
  );

  it('pages of the reference: the same; of their colours and of what surrounds them one page is enough', {
    timeout: 60_000,
  }, async () => {
    const whole = 'api/sql.html';
    const { page, problems, close } = await open(whole, { width: 375 });
    expect(await faults(page)).toEqual([]);
    for (const file of reference) {
      await page.goto(root() + file);
      const rules = { 'color-contrast': { enabled: false } };
      expect(await faults(page, { rules }, '#content'), file).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth'), file).toBeLessThanOrEqual(375);
    }
    expect(reference).toContain(whole);
    expect(problems).toEqual([]);
    await close();
  });

  it('the button sets the theme, for figures too, and the next page remembers', async () => {
    const { page, close } = await open('mathematics.html');
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.click('#theme');
    await page.click('#theme');
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    expect(await background()).not.toBe(light);
    await page.goto(`${root()}choosing.html`);
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    await close();
  });

  describe('the playground', () => {
    const resultOf = (page: Page) => page.evaluate("document.querySelector('#playground').result") as Promise<Result>;
    const computed = (page: Page, test: string) =>
      page.waitForFunction(
        `(({ settings, backend }) => ${test})(document.querySelector('#playground').result ?? { settings: { params: {} }, backend: '' })`,
      );

    /** Holds what the page shows against the reference of core, at float32's accuracy. */
    async function holds(page: Page, make: () => core.Loss): Promise<void> {
      const { table, curve, settings } = await resultOf(page);
      const { rows, axis } = (await page.evaluate(
        "(({ rows, axis }) => ({ rows, axis }))(document.querySelector('#playground'))",
      )) as { rows: number[]; axis: number[] };
      for (const [logits, got] of [
        [rows, table],
        [axis, curve],
      ] as const) {
        const rounded = logits.map(Math.fround);
        const targets = rounded.map(() => Math.fround(settings.target));
        const truth = core.reference(make()).valueAndGrad(rounded, targets);
        for (const [i, expected] of [...(truth.value as Float64Array)].entries()) {
          expect(Math.abs(got.value[i] - expected)).toBeLessThanOrEqual(1e-5 * expected + 1.2e-38);
          expect(Math.abs(got.grad[i] - truth.grad[i])).toBeLessThanOrEqual(
            1e-5 * Math.max(Math.abs(truth.grad[i]), 1e-3),
          );
        }
      }
    }

    it('loads in under 150 kB, compressed as hosts do, before another adapter is chosen', async () => {
      const { page, problems, bytes, close } = await open('playground.html');
      await computed(page, "backend.startsWith('typed-array')");
      await page.waitForLoadState('networkidle');
      expect(bytes()).toBeGreaterThan(50_000);
      expect(bytes()).toBeLessThan(150_000);
      expect(problems).toEqual([]);
      await close();
    });

    it('works by keyboard, and shows what core says', async () => {
      const { page, problems, close } = await open('playground.html');
      await computed(page, 'settings.params.gamma === 2');
      await holds(page, () => core.sigmoidFocal({ gamma: 2, reduction: 'none' }));
      await page.focus('#param-gamma');
      for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowLeft');
      await computed(page, 'settings.params.gamma === 1.5');
      await holds(page, () => core.sigmoidFocal({ gamma: 1.5, reduction: 'none' }));
      await page.focus('#balanced');
      await page.keyboard.press('Space');
      await page.focus('#alpha');
      await page.keyboard.press('End');
      await computed(page, 'settings.alpha === 1');
      await holds(page, () => core.sigmoidFocal({ gamma: 1.5, alpha: 1, reduction: 'none' }));
      await page.selectOption('#loss', 'sigmoidFocalStar');
      await page.focus('#param-beta');
      await page.keyboard.press('Home');
      await computed(page, "settings.loss === 'sigmoidFocalStar' && settings.params.beta === -5");
      // A loss just chosen begins at its own defaults; α, which is an option of every such loss, stays.
      await holds(page, () => core.sigmoidFocalStar({ gamma: 2, beta: -5, alpha: 1, reduction: 'none' }));
      await page.selectOption('#loss', 'qualityFocal');
      await page.focus('#target');
      await page.keyboard.press('Home');
      await computed(page, "settings.loss === 'qualityFocal' && settings.target === 0");
      await holds(page, () => core.qualityFocal({ reduction: 'none' }));
      expect(problems).toEqual([]);
      await close();
    });

    it('passes the whole suite on typed arrays at the press of a button, and times them', async () => {
      const { page, problems, close } = await open('playground.html');
      await computed(page, 'backend');
      await page.click('#run-conformance');
      await page.waitForFunction("/ (passes|fails): /.test(document.querySelector('#conformance-status').textContent)");
      const said = await page.textContent('#conformance-status');
      expect(said).toMatch(/ passes: \d{4} checks, 0 failed/);
      expect(await page.locator('#conformance-result tbody tr').count()).toBeGreaterThan(50);
      await page.click('#run-benchmark');
      await page.waitForSelector('#benchmark-result tbody tr');
      expect(await page.locator('#benchmark-result tbody tr').count()).toBe(2);
      expect(problems).toEqual([]);
      await close();
    });

    // The whole suite in a browser is each package's own test; here it is the plug that is tried.
    const clauses = 'values.ordinary,softmax.3,bad-targets';
    it.each(playable(packages()).map(({ key }) => key))('computes with %s, and passes clauses there', async (key) => {
      const { page, problems, close } = await open(`playground.html?clauses=${clauses}`);
      await computed(page, 'backend');
      await page.selectOption('#adapter', key);
      await computed(page, `backend.startsWith('${key}') && !document.querySelector('#run-conformance').disabled`);
      await page.focus('#param-gamma');
      await page.keyboard.press('ArrowRight');
      await computed(page, `backend.startsWith('${key}') && settings.params.gamma === 2.1`);
      await holds(page, () => core.sigmoidFocal({ gamma: 2.1, reduction: 'none' }));
      await page.click('#run-conformance');
      await page.waitForFunction("/ (passes|fails): /.test(document.querySelector('#conformance-status').textContent)");
      expect(await page.textContent('#conformance-status')).toMatch(/ passes: \d+ checks, 0 failed/);
      expect(problems).toEqual([]);
      await close();
    });

    it('says so where the browser has no WebGPU', async (context) => {
      if (!playable(packages()).some(({ key }) => key === 'webgpu')) context.skip('not run: webgpu is not built');
      const { page, close } = await open('prior-bias.html');
      await page.addInitScript("Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined })");
      await page.goto(`${root()}playground.html`);
      await computed(page, 'backend');
      await page.selectOption('#adapter', 'webgpu');
      await page.waitForFunction("/has no WebGPU/.test(document.querySelector('#status').textContent)");
      await page.selectOption('#adapter', 'typed-array');
      await page.waitForFunction("/^Computed by typed-array/.test(document.querySelector('#status').textContent)");
      await close();
    });
  });
});
