/**
 * The first minute of a stranger: builds what it takes, shows what focal loss does to a real detector, and how right the
 * adapters are that run in this process.
 *
 *     npm start [-- --built --shard 1/25]
 *
 * With `--built` nothing is built before, and with `--shard` the suite runs a part: that is how a test runs it.
 */
import { spawn } from 'node:child_process';
import { on } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Summary, Told } from './suiteThread.js';

const WIDTH = 100;
const { values: flags } = parseArgs({ options: { built: { type: 'boolean' }, shard: { type: 'string' } } });
const { stdout } = process;
const isTerminal = stdout.isTTY === true;

/** A line that is rewritten until it is final; where lines cannot be rewritten, only the final one is written. */
const status = {
  show: (line: string) => isTerminal && stdout.write(`\r\x1b[2K${line.slice(0, (stdout.columns || WIDTH) - 1)}`),
  done: (line: string) => stdout.write(`${isTerminal ? '\r\x1b[2K' : ''}${line}\n`),
};

const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Declarations are for who develops; what runs takes half the time. */
async function build(): Promise<void> {
  const since = performance.now();
  const timer = setInterval(() => status.show(`building … ${seconds(since)}`), 100);
  const env = {
    ...process.env,
    FOCAL_LOSS_WITHOUT_TYPES: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  };
  const packages = [...adapters(), 'conformance', 'testing'];
  const filters = packages.map((name) => `--filter=@focal-loss/${name}`);
  const turbo = spawn('npx', ['turbo', 'run', 'build', ...filters, '--output-logs=errors-only'], { env });
  let output = '';
  for (const stream of [turbo.stdout, turbo.stderr]) {
    stream.on('data', (text) => {
      output += text;
    });
  }
  const code = await new Promise((resolve) => turbo.on('close', resolve));
  clearInterval(timer);
  if (code !== 0) {
    status.done(output);
    process.exit(1);
  }
  status.done(`built in ${seconds(since)}`);
}

/** What the easy negatives take of the loss of a real detector, as bars. */
async function detector(): Promise<void> {
  const { rows, summary } = await import('../docs/examples/real-input/shares.ts');
  const [, counts] = summary.split('\n');
  console.log(`\nA face detector's own logits for one photograph. What its easy negatives take of the loss:\n`);
  for (const row of rows) {
    const share = Number.parseFloat(row['easy negatives, loss']);
    const bar = '█'.repeat(Math.round(share / 2)).padEnd(50, '·');
    console.log(`  ${row.loss.padEnd(22)}  ${bar}  ${row['easy negatives, loss'].padStart(6)}`);
  }
  console.log(`\n${wrapped(counts)}\n`);
}

/** Lines of at most {@link WIDTH}. */
function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

const backendsOf = (name: string) => join('packages', name, 'conformance.js');

/** The packages that have backends, core with the reference among them. */
const adapters = () =>
  readdirSync('packages')
    .filter((name) => existsSync(backendsOf(name)))
    .sort()
    .reverse();

/** The reference itself, and engines of databases, which take minutes. */
const NOT_HERE: readonly string[] = ['core', 'sql'];

/** What takes longest comes first, so that nothing else has to wait for it in the end. */
const FIRST = 'onnxruntime';

/** One line an adapter, in threads of this process. Returns the names of what was left out. */
async function conformance(): Promise<string[]> {
  console.log('How right the adapters are, by the conformance suite (worst relative error against the truth):\n');
  const leftOut: string[] = [];
  const counts = new Map<string, string>();
  const shard = flags.shard?.split('/').map(Number);
  const queue = adapters().sort((a, b) => Number(b === FIRST) - Number(a === FIRST));
  const thread = async () => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      for await (const message of suiteOf(name, shard)) {
        if ('leftOut' in message) leftOut.push(...message.leftOut);
        if ('backend' in message) counts.set(message.backend, `${message.done}/${message.total}`);
        if ('report' in message) {
          counts.delete(message.report.name);
          status.done(verdict(message.report));
        }
        status.show(`  ${[...counts].map(([backend, count]) => `${backend}  ${count}`).join('    ')}`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, thread));
  return leftOut;
}

/** What the suite says in a thread of its own, about the first backend of a package that runs there. */
async function* suiteOf(name: string, shard: readonly number[] | undefined): AsyncGenerator<Told> {
  const workerData = { module: pathToFileURL(backendsOf(name)).href, runs: !NOT_HERE.includes(name), shard };
  const worker = new Worker(new URL('suiteThread.js', import.meta.url), { workerData });
  // An error of the thread is one of the loop.
  for await (const [message] of on(worker, 'message', { close: ['exit'] })) {
    yield message;
    if ('end' in message) {
      await worker.terminate();
      return;
    }
  }
  throw new Error(`the thread of ${name} ended before its suite did`);
}

function verdict({ name, checks, failed, worst, allowance, verdict, seconds, declared: all }: Summary): string {
  if (verdict === 'fails') process.exitCode = 1;
  const error = Math.max(worst.value?.error ?? 0, worst.grad?.error ?? 0).toExponential(1);
  const declared = all > 0 ? `, ${all} declared failure` : '';
  const mark = verdict === 'passes' ? '✓' : `✗ ${failed} of`;
  const figures = `worst ${error} of ${allowance.toExponential(0)}, ${seconds.toFixed(1)} s`;
  return `  ${name.padEnd(28)}  ${mark} ${checks} checks, ${figures}${declared}`;
}

const since = performance.now();
if (!flags.built) await build();
await detector();
const leftOut = await conformance();
console.log(`
${wrapped(`Left out, since browsers, databases and GPUs in software take their time: ${leftOut.join(', ')}. All of them, in some minutes:`)}

    npm run conformance

The guides, the API reference and a playground for the browser:

    npm run docs && npm run serve -w docs

Done in ${seconds(since)}. README.md says how to go on.`);
process.exit();
