/** The built site (`npm run docs`) in a real browser, and every link of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { brokenLinks } from '../site/links.ts';
import { docs, packages } from '../site/packages.ts';
import { pages } from '../site/pages.ts';
import { faults, inChromium, site } from './visit.ts';

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

/** Blocks of code and formulas that are cut on a screen of 1280 pixels. */
async function cut(page: Page): Promise<string[]> {
  await page.setViewportSize({ width: 1280, height: 800 });
  // A formula is as wide as its letters, once these have come.
  const blocks =
    await page.evaluate(`document.fonts.ready.then(() => [...document.querySelectorAll('pre.code, .formula')]
    .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent.slice(0, 80)))`);
  return blocks as string[];
}

inChromium((visit) => {
  const { open } = visit;
  it.each(ours)(
    '%s: no error, no fault axe calls serious, nothing wider than a phone, light and dark, no code or formula cut at 1280 pixels',
    async (file) => {
      const { page, problems, close } = await open(file, { width: 375 });
      if (file === 'playground.html') await page.waitForFunction("'result' in document.querySelector('#playground')");
      expect(await faults(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
      // Only colours differ in the dark.
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await faults(page, { runOnly: ['color-contrast'] })).toEqual([]);
      expect(await cut(page)).toEqual([]);
      expect(problems).toEqual([]);
      await close();
    },
  );

  it('pages of the reference: the same; of their colours and of what surrounds them one page is enough', {}, async () => {
    const whole = 'api/sql.html';
    const { page, problems, close } = await open(whole, { width: 375 });
    expect(await faults(page)).toEqual([]);
    for (const file of reference) {
      await page.setViewportSize({ width: 375, height: 800 });
      await page.goto(visit.root + file);
      const rules = { 'color-contrast': { enabled: false } };
      expect(await faults(page, { rules }, '#content'), file).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth'), file).toBeLessThanOrEqual(375);
      expect(await cut(page), file).toEqual([]);
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
    await page.goto(`${visit.root}choosing.html`);
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    await close();
  });
});
