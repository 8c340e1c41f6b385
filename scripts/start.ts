/**
 * The first minute of a stranger: builds what it takes, shows what focal loss does to a real detector, and how right the
 * adapters are that run in this process.
 *
 *     npm start [-- --built --shard 1/25]
 *
 * With `--built` nothing is built before, and with `--shard` the suite runs a part: that is how a test runs it.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { AnyBackend, Report } from '@focal-loss/conformance';

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

/** The backends of each package, by the package's name. */
async function backends(): Promise<Map<string, readonly AnyBackend[]>> {
  const all = new Map<string, readonly AnyBackend[]>();
  for (const name of adapters()) {
    const { default: exported } = await import(pathToFileURL(backendsOf(name)).href);
    all.set(name, [exported].flat());
  }
  return all;
}

/** The reference itself, and engines of databases, which take minutes. */
const NOT_HERE: readonly string[] = ['core', 'sql'];

/** One line an adapter. Returns what was left out. */
async function conformance(): Promise<AnyBackend[]> {
  const { runConformance } = await import('@focal-loss/conformance');
  console.log('How right the adapters are, by the conformance suite (worst relative error against the truth):\n');
  const leftOut: AnyBackend[] = [];
  const part = flags.shard ? { shard: flags.shard.split('/').map(Number) as [number, number] } : {};
  // tfjs greets whoever runs it in Node.js with five lines about another package.
  console.warn = () => {};
  for (const [name, all] of await backends()) {
    const here: AnyBackend[] = [];
    for (const backend of all) {
      const runs = 'evaluate' in backend && (await backend.unavailable?.()) === undefined;
      (runs && !NOT_HERE.includes(name) && here.length === 0 ? here : leftOut).push(backend);
    }
    for (const backend of here) {
      for await (const event of runConformance(backend, part)) {
        if (event.type === 'check') status.show(`  ${backend.name.padEnd(28)}  ${event.done}/${event.total}`);
        if (event.type === 'end') status.done(verdict(event.report));
      }
    }
  }
  return leftOut;
}

function verdict({ backend, checks, failed, worst, allowance, verdict, seconds, expectedFailures }: Report): string {
  if (verdict === 'fails') process.exitCode = 1;
  const error = Math.max(worst.value?.error ?? 0, worst.grad?.error ?? 0).toExponential(1);
  const declared = expectedFailures.length > 0 ? `, ${expectedFailures.length} declared failure` : '';
  const mark = verdict === 'passes' ? '✓' : `✗ ${failed} of`;
  const figures = `worst ${error} of ${allowance.toExponential(0)}, ${seconds.toFixed(1)} s`;
  return `  ${backend.name.padEnd(28)}  ${mark} ${checks} checks, ${figures}${declared}`;
}

const since = performance.now();
if (!flags.built) await build();
await detector();
const leftOut = await conformance();
console.log(`
${wrapped(`Left out, since browsers, databases and GPUs in software take their time: ${leftOut.map(({ name }) => name).join(', ')}. All of them, in some minutes:`)}

    npm run conformance

The guides, the API reference and a playground for the browser:

    npm run docs && npm run serve -w docs

Done in ${seconds(since)}. README.md says how to go on.`);
process.exit();
