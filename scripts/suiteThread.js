/**
 * A thread of `npm start`: runs the suite on the first backend of a package that runs in this process, and tells how far it is.
 *
 * @typedef {{ leftOut: string[] } | { backend: string, done: number, total: number }
 *   | { report: Summary } | { end: true }} Told
 * @typedef {Pick<import('@focal-loss/conformance').Report, 'checks' | 'failed' | 'worst' | 'allowance' | 'verdict' | 'seconds'>
 *   & { name: string, declared: number }} Summary What there is of a report in a line: as data, for not all of one travels.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { runConformance } from '@focal-loss/conformance';

const { module, runs, shard } = workerData;
const tell = (/** @type {Told} */ message) => parentPort?.postMessage(message);

// tfjs greets whoever runs it in Node.js with five lines about another package.
console.warn = () => {};
const { default: exported } = await import(module);
const here = [];
const leftOut = [];
for (const backend of [exported].flat()) {
  const is = runs && here.length === 0 && 'evaluate' in backend && (await backend.unavailable?.()) === undefined;
  (is ? here : leftOut).push(backend);
}
tell({ leftOut: leftOut.map(({ name }) => name) });
for (const backend of here) {
  for await (const event of runConformance(backend, shard ? { shard } : {})) {
    if (event.type === 'check') tell({ backend: backend.name, done: event.done, total: event.total });
    if (event.type === 'end') {
      const { checks, failed, worst, allowance, verdict, seconds, expectedFailures } = event.report;
      const { name } = backend;
      tell({ report: { name, checks, failed, worst, allowance, verdict, seconds, declared: expectedFailures.length } });
    }
  }
}
tell({ end: true });
