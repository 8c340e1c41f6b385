import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { bundle, type Files } from './bundle.ts';
import { launchChromium } from './chromium.ts';
import { serve } from './serve.ts';

/** A module running in a browser of its own. */
export interface ModulePage {
  readonly page: Page;
  /**
   * Calls an exported function of the module. Arguments and result travel as Playwright lets them: JSON, with NaN and
   * infinities; not typed arrays.
   */
  call<R = unknown>(name: string, ...args: unknown[]): Promise<R>;
  /** Where files of this repository are served: `${files}node_modules/…`. */
  readonly files: string;
  close(): Promise<void>;
}

/** How a page is opened. */
export interface PageOptions {
  /** Whether it is cross-origin isolated, and so has SharedArrayBuffer. Default true. */
  readonly isolated?: boolean;
  /** Functions the page finds in globalThis. */
  readonly expose?: Readonly<Record<string, (...args: never[]) => unknown>>;
}

const repository = fileURLToPath(new URL('../../', import.meta.url));
const bundles = new Map<string, Promise<Files>>();

/**
 * Bundles a module and opens it in a browser. What the page logs as an error, and errors nobody caught there, are
 * printed here.
 */
export async function openModule(module: URL, options?: PageOptions): Promise<ModulePage> {
  return openModules([module], options);
}

/** {@link openModule} for several modules in one page. */
export async function openModules(
  modules: readonly URL[],
  { isolated = true, expose = {} }: PageOptions = {},
): Promise<ModulePage> {
  const key = modules.join();
  const bundled = bundles.get(key) ?? bundle(modules);
  bundles.set(key, bundled);
  const server = await serve({ files: await bundled, root: repository, isolated });
  const browser = await launchChromium().catch(async (error) => {
    await server.close();
    throw error;
  });
  const close = async () => {
    await browser.close();
    await server.close();
  };
  try {
    const page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') console.error(`[page] ${message.text()}`);
    });
    page.on('pageerror', (error) => console.error(`[page] ${error.stack ?? error.message}`));
    for (const [name, body] of Object.entries(expose)) {
      await page.exposeFunction(name, body as (...args: unknown[]) => unknown);
    }
    await page.goto(server.url);
    await page.waitForFunction(() => 'exports' in globalThis, undefined, { timeout: 60_000 });
    // As an expression: no tool that transforms this file can put helpers into it that the page does not have.
    const caller = '([name, args]) => globalThis.exports[name](...args)';
    return {
      page,
      call: <R>(name: string, ...args: unknown[]) =>
        page.evaluate(`(${caller})(${encode([name, args])})`) as Promise<R>,
      files: `${server.url}files/`,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A JavaScript literal: JSON has no NaN. */
const encode = (value: unknown): string => {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `[${value.map(encode).join()}]`;
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${encode(item)}`)}}`;
  }
  return JSON.stringify(value) ?? 'undefined';
};
