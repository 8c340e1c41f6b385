/** The button that examines the adapter in this browser. Fetched with the suite, when it is pressed. */
import { type Backend, parseVectors, type Report, runConformance } from '@focal-loss/conformance';

/** Fetches the golden vectors that lie beside this program. */
async function vectors() {
  const base = new URL('vectors/', import.meta.url);
  const names: string[] = await (await fetch(new URL('index.json', base))).json();
  return Promise.all(names.map(async (name) => parseVectors(await (await fetch(new URL(name, base))).text())));
}

/** Lets the page paint and listen. */
const breathe = () => new Promise((done) => setTimeout(done));

/**
 * Runs the whole suite, or of it what the address asks for: `playground.html?clauses=values.*,softmax.*`.
 *
 * @param progress Told what was done, now and then.
 */
export async function examine(backend: Backend, progress: (done: number, total: number) => void): Promise<Report> {
  let last = performance.now();
  // Ten million logits are more than a phone has room for; the report says so.
  const here = { ...backend, largest: Math.min(backend.largest ?? 1e6, 1e6) };
  const asked = new URLSearchParams(location.search).get('clauses')?.split(',');
  const options = { vectors: await vectors(), ...(asked !== undefined && { clauses: asked }) };
  for await (const event of runConformance(here, options)) {
    if (event.type === 'end') return event.report;
    if (event.type === 'check' && performance.now() - last > 50) {
      progress(event.done, event.total);
      await breathe();
      last = performance.now();
    }
  }
  throw new Error('the suite ended without a report');
}
