/** The built site (`npm run docs`) in a real browser, and every link of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { brokenLinks } from '../site/links.ts';
import { docs, packages } from '../site/packages.ts';
import { pages } from '../site/pages.ts';
import { contrastFaults, faults, inChromium, site, type Visit } from './visit.ts';

const files = readdirSync(site, { recursive: true, encoding: 'utf8' });
const ours = [...pages().map(({ file }) => file), 'playground.html', 'changelog.html', '404.html'];
const reference = files.map((file) => file.replaceAll('\\', '/')).filter((file) => /^api\/.*\.html$/.test(file));

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

/** Blocks of code and formulas that are cut. */
async function cut(page: Page): Promise<string[]> {
  // A formula is as wide as its letters, once these have come.
  const blocks =
    await page.evaluate(`document.fonts.ready.then(() => [...document.querySelectorAll('pre.code, .formula')]
    .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.slice(0, 80)))`);
  return blocks as string[];
}

/** Takes away what makes a page large and is nothing to axe: the boxes of formulas, which have MathML beside them, and tokens' colours. */
const plain = `for (const boxes of document.querySelectorAll('.katex-html')) boxes.remove();
for (const code of document.querySelectorAll('pre.code code')) code.textContent = code.textContent;`;

inChromium((visit) => {
  const { open } = visit;
  let one: Visit;
  beforeAll(async () => {
    one = await open('404.html', { width: 1280 });
    // Compiled once for all pages, which an evaluation is not.
    await one.page.addInitScript(axe.source);
  });
  afterAll(() => one.close());
  const seen = new Set<string>();

  it.each([...ours, ...reference])(
    '%s: no error, no fault axe calls serious, nothing wider than a phone, light and dark, no code or formula cut at 1280 pixels',
    async (file) => {
      const { page, problems } = one;
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(visit.root + file);
      if (file === 'playground.html') await page.waitForFunction("'result' in document.querySelector('#playground')");
      expect(await cut(page)).toEqual([]);
      await page.setViewportSize({ width: 375, height: 800 });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
      expect(await contrastFaults(page, seen)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      // Only colours differ in the dark.
      expect(await contrastFaults(page, seen)).toEqual([]);
      await page.evaluate(plain);
      expect(await faults(page, { rules: { 'color-contrast': { enabled: false } } })).toEqual([]);
      expect(problems).toEqual([]);
    },
  );

  it('a contrast that is too low is found, on a page whose other colours were all seen', async () => {
    const { page } = one;
    await page.goto(`${visit.root}404.html`);
    expect(await contrastFaults(page, seen)).toEqual([]);
    await page.evaluate("document.querySelector('main p').style.color = 'rgb(120, 120, 120)'");
    expect(await contrastFaults(page, seen)).toEqual([expect.stringMatching(/^color-contrast: /)]);
  });

  it('the button sets the theme, for figures too, and the next page remembers', async () => {
    const { page, close } = await open('mathematics.html');
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.click('#theme');
    await page.click('#theme');
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    expect(await background()).not.toBe(light);
    await page.goto(`${visit.root}choosing.html`);
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    await close();
  });
});
