/**
 * How soon the built playground can be used, and how many frames a second it trains at with typed arrays: five loads in a
 * headless Chromium with an empty cache, from this machine. Beside it the load of the machine, which decides both.
 *
 *     npm run docs
 *     npm run playground-times -w @focal-loss/docs
 */
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { launchChromium, serve } from '@focal-loss/testing';
import type { Browser, CDPSession } from 'playwright-core';
import { docs } from './packages.ts';

const LOADS = 5;
/** Milliseconds of training that are counted; a race is over sooner where frames come faster than 75 a second. */
const WINDOW = 5000;

/**
 * Runs in the page: notes when the adapter has answered, controls are unlocked and the first step is trained, and then
 * the frames in which a step was. Times count from the beginning of the navigation.
 */
const watch = `(() => {
  const step = () => Number(/^Step ([\\d,]+)/.exec(document.querySelector('#training-status')?.textContent ?? '')?.[1].replace(',', ''));
  let ready, last, frames = 0;
  const look = () => {
    const now = performance.now();
    const playground = document.querySelector('#playground');
    if (ready === undefined && playground?.result !== undefined && playground.training !== undefined) {
      [ready, last] = [now, step()];
    } else if (ready !== undefined) {
      if (step() > last) frames++;
      last = step();
      const over = now - ready > ${WINDOW} || last >= 1500;
      globalThis.times = { over, ready, frames, rate: (1000 * frames) / (now - ready), backend: playground.training?.backend };
      if (over) return;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

interface Times {
  readonly ready: number;
  readonly frames: number;
  readonly rate: number;
  readonly backend: string;
}

/** Milliseconds that the page's own thread has had of a processor. Unlike the rest, it does not count what others take. */
async function busy(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
}

/** One load, with nothing kept of the one before. */
async function load(browser: Browser, url: string): Promise<Times & { readonly each: number }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(watch);
  const session = await context.newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(url);
  const until = async (test: string) => {
    const found = await page.waitForFunction(`${test} && globalThis.times`, undefined, { timeout: 60_000 });
    return { times: (await found.jsonValue()) as Times, busy: await busy(session) };
  };
  const begun = await until('globalThis.times?.frames > 0');
  const ended = await until('globalThis.times?.over');
  await context.close();
  return { ...ended.times, each: (ended.busy - begun.busy) / (ended.times.frames - begun.times.frames) };
}

if (!existsSync(join(docs, 'dist/playground.html'))) throw new Error('there is no site: npm run docs builds it');
const server = await serve({ files: join(docs, 'dist'), isolated: false });
const browser = await launchChromium();
const average = () => loadavg()[0].toFixed(1);
console.log(
  `Chromium ${browser.version()}, headless, on ${cpus().length} cores (${cpus()[0]?.model}), load ${average()}`,
);
const all: Awaited<ReturnType<typeof load>>[] = [];
for (let i = 0; i < LOADS; i++) {
  const one = await load(browser, `${server.url}playground.html`);
  console.log(
    `load ${i + 1}: ready after ${(one.ready / 1000).toFixed(2)} s, ${one.rate.toFixed(0)} frames a second with ${one.backend}, ${one.each.toFixed(1)} ms of processor a frame, load ${average()}`,
  );
  all.push(one);
}
await browser.close();
await server.close();
const worst = { ready: Math.max(...all.map(({ ready }) => ready)), rate: Math.min(...all.map(({ rate }) => rate)) };
console.log(
  `worst of ${LOADS}: ready after ${(worst.ready / 1000).toFixed(2)} s (bound 2 s), ${worst.rate.toFixed(0)} frames a second (bound 30)`,
);
