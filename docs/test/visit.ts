/** Visits to the built site in a real browser, for tests. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { launchChromium, serve } from '@focal-loss/testing';
import axe from 'axe-core';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { docs } from '../site/packages.ts';

export const site = join(docs, 'dist');
if (!existsSync(join(site, 'index.html'))) throw new Error('there is no site: npm run docs builds it');

/** A page that is open. */
export interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** All that went wrong with it so far. */
  readonly problems: string[];
  /** How many bytes it loaded so far, compressed as hosts do. */
  bytes(): number;
  close(): Promise<void>;
}

export interface Visit {
  /** The address of the site, with a slash at its end. */
  readonly root: string;
  open(file: string, options?: { width?: number; height?: number } & BrowserContextOptions): Promise<Opened>;
  close(): Promise<void>;
}

/** Serves the site and starts a browser. */
export async function visiting(): Promise<Visit> {
  // In a folder of its own: the site must work from any path.
  const parent = mkdtempSync(join(tmpdir(), 'focal-loss-site-'));
  mkdirSync(join(parent, 'some'));
  symlinkSync(site, join(parent, 'some/where'));
  // As an ordinary server would: without the headers of cross-origin isolation.
  const server = await serve({ files: parent, isolated: false });
  const browser = await launchChromium();
  const root = `${server.url}some/where/`;
  return {
    root,
    async open(file, { width = 1200, height = 800, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: 'light', ...options });
      const page = await context.newPage();
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
      return { page, context, problems, bytes, close: () => context.close() };
    },
    async close() {
      await browser.close();
      await server.close();
      rmSync(parent, { recursive: true });
    },
  };
}

/** What axe calls serious or critical on a page. */
export async function faults(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe.source);
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: { type: 'rule', values: rules } }) };
  const audited = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as axe.AxeResults;
  return audited.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).slice(0, 5)}`);
}
