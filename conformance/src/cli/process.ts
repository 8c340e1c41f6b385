/**
 * A backend in another process and any language, which reads and writes a line of JSON for each call. The process begins with
 * a line that describes it; every line to it is a call with an `id`, every line from it an answer with that id, in any
 * order. PROCESS.md is the documentation.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Answer, Backend, Call } from '../backend.ts';

/** How long a process may take to say what it is, and to end. */
const patience = { start: 60_000, end: 5000 };
/** What is kept of what it writes to standard error, for messages. */
const tail = 2000;

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** The numbers JSON has no words for, as most writers of JSON spell them. */
const bare = /(?<=[[,:\s])-?(?:NaN|Infinity)(?=[\],}\s])/g;
const words: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity };

function parse(line: string): Record<string, unknown> {
  const text = line.replace(bare, (word) => JSON.stringify(word));
  return JSON.parse(text, (_, value) => (typeof value === 'string' && value in words ? words[value] : value));
}

const spelled = (_: string, value: unknown): unknown => {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, (x) => (Number.isFinite(x) ? x : String(x)));
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
};

/**
 * Starts a process and waits for what it says it is.
 *
 * @param command A command line for the shell: `python3 my_backend.py`.
 * @throws if it ends or says nothing that can be read, with the end of its standard error.
 */
export async function processBackend(command: string): Promise<Backend> {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting = new Map<number, Waiting>();
  let errors = '';
  let ended: Error | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-tail);
  });
  const end = (reason: string) => {
    ended ??= new Error(`${command} ${reason}${errors === '' ? '' : `:\n${errors.trim()}`}`);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  child.on('error', (error) => end(`did not start: ${error.message}`));
  child.on('close', (code, signal) => end(`ended ${signal === null ? `with code ${code}` : `by ${signal}`}`));
  // A process that has ended takes no more lines; the end itself says so.
  child.stdin.on('error', () => {});

  const lines = createInterface({ input: child.stdout });
  const described = new Promise<Record<string, unknown>>((resolve, reject) => {
    waiting.set(0, { resolve: resolve as Waiting['resolve'], reject });
    setTimeout(() => reject(new Error(`${command} did not say what it is within a minute`)), patience.start).unref();
  });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    try {
      const { id = 0, error, ...answer } = parse(line);
      const asked = waiting.get(Number(id));
      waiting.delete(Number(id));
      if (typeof error === 'string') asked?.reject(new Error(error));
      else asked?.resolve(answer as Answer);
    } catch {
      end(`wrote what is no JSON: ${line.slice(0, 200)}`);
    }
  });

  const description = await described.catch((error) => {
    child.kill();
    throw error;
  });
  let calls = 0;
  return {
    // What there may be of numbers in one line, unless it says otherwise.
    largest: 1e6,
    ...(description as unknown as Backend),
    // A formula cannot travel.
    supports: { ...(description.supports as object), customLoss: false },
    evaluate(call: Call): Promise<Answer> {
      if (ended !== undefined) return Promise.reject(ended);
      const id = ++calls;
      const { loss, wants, grad: _, ...rest } = call;
      const { formula: _formula, literals: _literals, untold: _untold, ...described } = loss;
      const line = JSON.stringify({ id, loss: described, wants, ...rest }, spelled);
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.stdin.write(`${line}\n`);
      });
    },
    close: () => closed(child),
  };
}

/** Ends its input, and after a while the process. */
async function closed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), patience.end);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    child.stdin?.end();
  });
}
