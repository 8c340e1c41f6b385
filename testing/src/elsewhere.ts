import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RemoteBackend, RunEvent, RunOptions } from '@focal-loss/conformance';
import type { Request } from './child.ts';
import { noChromium } from './chromium.ts';
import { openModules, type PageOptions } from './page.ts';
import { vulkanEnvironment } from './vulkan.ts';

type Named = Pick<RemoteBackend, 'name' | 'dtype' | 'device'>;

/**
 * The conformance suite run in a real browser, for a backend that a module exports.
 *
 * @param module Exports backends by default, one or an array; it is bundled with everything it imports.
 * @param named Which of them: its name there, to which reports add ` (Chromium)`.
 */
export function inChromium(module: URL, named: Named, options: PageOptions = {}): RemoteBackend {
  return remote(named, 'Chromium', noChromium, async (request, emit) => {
    const page = new URL('../src/suitePage.ts', import.meta.url);
    const { call, close } = await openModules([module, page], { ...options, expose: { ...options.expose, emit } });
    try {
      await call('runSuiteHere', named.name, request, vectors());
    } finally {
      await close();
    }
  });
}

/**
 * The conformance suite run in a Node process of its own, in which WebGPU has a Vulkan to go through.
 *
 * @param module Exports backends by default, one or an array.
 * @param named Which of them: its name there, to which reports add ` (Node.js)`.
 */
export function inNode(module: URL, named: Named): RemoteBackend {
  return remote(named, 'Node.js', undefined, (options, emit) => {
    const child = fork(fileURLToPath(new URL('child.js', import.meta.url)), {
      serialization: 'advanced',
      env: { ...process.env, ...vulkanEnvironment() },
    });
    const request: Request = { module: module.href, name: named.name, options, vectors: vectors() };
    child.send(request);
    return new Promise((resolve, reject) => {
      child.on('message', ({ event, error }: { event?: RunEvent; error?: string }) => {
        if (event !== undefined) emit(event);
        if (error !== undefined) reject(new Error(error));
      });
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        code === 0 ? resolve() : reject(new Error(`ended with ${signal ?? code}`)),
      );
    });
  });
}

type Emit = (event: RunEvent) => void;

/** A backend whose suite runs where `work` runs it. */
function remote(
  { name: there, dtype, device = 'cpu' }: Named,
  place: string,
  missing: (() => Promise<string | undefined>) | undefined,
  work: (options: RunOptions, emit: Emit) => Promise<void>,
): RemoteBackend {
  const named = { name: `${there} (${place})`, dtype, device };
  const here = (event: RunEvent): RunEvent => {
    if (event.type === 'start') return { ...event, backend: named };
    return event.type === 'end' ? { ...event, report: { ...event.report, backend: named } } : event;
  };
  return {
    ...named,
    ...(missing === undefined ? {} : { unavailable: missing }),
    run: (options) => streamed((emit) => work(options, (event) => emit(here(event)))),
  };
}

/** What `work` emits, in order, as it comes; ends, or throws, when `work` does. */
async function* streamed(work: (emit: Emit) => Promise<void>): AsyncGenerator<RunEvent, void> {
  const waiting: RunEvent[] = [];
  let wake = () => {};
  let running = true;
  const ended = work((event) => {
    waiting.push(event);
    wake();
  }).finally(() => {
    running = false;
    wake();
  });
  ended.catch(() => {});
  while (running || waiting.length > 0) {
    const event = waiting.shift();
    if (event !== undefined) yield event;
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  await ended;
}

/** The golden vectors as JSON texts: they travel better than the numbers in them, some of which JSON does not have. */
function vectors(): string[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@focal-loss/core/package.json')), 'vectors');
  const names = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'schema.json');
  return names.sort().map((name) => readFileSync(join(folder, name), 'utf8'));
}
