/** The built site in a real Chromium: opens pages, collects what goes wrong with them, and asks axe. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { launchChromium, serve } from '@focal-loss/testing';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { docs } from '../site/packages.ts';

/** The folder of the built site. */
export const site = join(docs, 'dist');
if (!existsSync(join(site, 'index.html'))) throw new Error('there is no site: npm run docs builds it');

/** A page that was opened. */
export interface Visit {
  readonly page: Page;
  /** Errors on the console, failed requests, requests to anybody else. */
  readonly problems: readonly string[];
  /** How many bytes were loaded, compressed as any host does. */
  bytes(): number;
  close(): Promise<void>;
}

/** The site in a browser. */
export type Visitor = Awaited<ReturnType<typeof visitor>>;

/** One browser for all tests of a file, or why there is none. */
const browser = await launchChromium().catch((error) => String(error?.message ?? error).split('\n')[0]);
const missing = typeof browser === 'string' ? browser : undefined;
afterAll(async () => {
  if (typeof browser !== 'string') await browser.close();
});

/**
 * Starts a server, with the site in a folder of its own because it must work from any path. Readers ask for less motion,
 * but where it is looked at: frames that nobody waits for are most of what a browser without a GPU does.
 */
async function visitor(browser: Browser) {
  const parent = mkdtempSync(join(tmpdir(), 'focal-loss-site-'));
  mkdirSync(join(parent, 'some'));
  symlinkSync(site, join(parent, 'some/where'));
  // As an ordinary server would: without the headers of cross-origin isolation.
  const server = await serve({ files: parent, isolated: false });
  const root = `${server.url}some/where/`;

  async function open(file: string, { width = 1200, motion = false } = {}): Promise<Visit> {
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      colorScheme: 'light',
      reducedMotion: motion ? 'no-preference' : 'reduce',
    });
    const page = await context.newPage();
    // Beside other work a suite in a page takes a minute.
    page.setDefaultTimeout(120_000);
    const problems: string[] = [];
    const loaded = new Set<string>();
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(root) && !/^(data|blob):/.test(url)) problems.push(`asks ${url}`);
    });
    page.on('response', async (response) => {
      if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
      if (response.url().startsWith(root)) loaded.add(new URL(response.url()).pathname);
    });
    await page.goto(root + file);
    const bytes = () => [...loaded].reduce((sum, path) => sum + gzipSync(readFileSync(join(parent, path))).length, 0);
    return { page, problems, bytes, close: () => context.close() };
  }

  async function close(): Promise<void> {
    await server.close();
    rmSync(parent, { recursive: true });
  }

  return { root, open, close };
}

/** Tests that visit the site, all in one browser. Where there is none they are not run, and say why. */
export function inChromium(tests: (visit: Pick<Visitor, 'open' | 'root'>) => void): void {
  describe.skipIf(missing !== undefined)(
    `in Chromium${missing === undefined ? '' : ` (not run: no browser: ${missing})`}`,
    () => {
      let visit: Visitor;
      beforeAll(async () => {
        visit = await visitor(browser as Browser);
      });
      afterAll(() => visit.close());
      tests({
        open: (file, options) => visit.open(file, options),
        // Known once the server runs.
        get root() {
          return visit.root;
        },
      });
    },
  );
}

/** What axe calls serious or critical, with the first places. */
export async function faults(page: Page, run: axe.RunOptions = {}): Promise<string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
  const options: axe.RunOptions = { resultTypes: ['violations'], ...run };
  const audited = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as axe.AxeResults;
  return audited.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).slice(0, 5)}`);
}

/**
 * {@link faults} of contrast, which is most of axe's work, on a page that has text in colours that `seen` does not have: its
 * own, its ground's and whether it is large decide, and a site has few of them.
 */
export async function contrastFaults(page: Page, seen: Set<string>): Promise<string[]> {
  const looks = (await page.evaluate(`(() => {
    const grounds = new Map();
    const groundOf = (element) => {
      if (element === null) return '';
      if (!grounds.has(element)) {
        const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
        const own = backgroundImage !== 'none' || opacity !== '1' || !/^transparent$|, 0\\)$/.test(backgroundColor);
        const ground = own ? [backgroundColor, backgroundImage, opacity].join() : '';
        const opaque = own && backgroundImage === 'none' && opacity === '1' && /^rgb\\(/.test(backgroundColor);
        grounds.set(element, opaque ? ground : ground + groundOf(element.parentElement));
      }
      return grounds.get(element);
    };
    const hasText = ({ childNodes }) => [...childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
    return [...document.body.querySelectorAll('*')].filter(hasText).map((element) => {
      const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element);
      // As WCAG tells large text from other.
      const large = Number.parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
      return [color, large, textShadow, groundOf(element)].join(' on ');
    });
  })()`)) as string[];
  const unseen = looks.filter((look) => !seen.has(look));
  for (const look of unseen) seen.add(look);
  return unseen.length === 0 ? [] : faults(page, { runOnly: ['color-contrast'] });
}
