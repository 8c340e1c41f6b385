/** What the other thread does: end the process if it heard nothing for too long. */
const program = `
  const { parentPort, workerData: seconds } = require('node:worker_threads');
  let timer;
  parentPort.on('message', (what) => {
    clearTimeout(timer);
    if (what === undefined) return;
    timer = setTimeout(() => {
      require('node:fs').writeSync(2, '\\nfocal-conformance: ' + what + ' blocked its thread for more than ' + seconds
        + ' s; process ended\\n');
      process.kill(process.pid, 'SIGKILL');
    }, seconds * 1000 + 2000);
  });
`;

/** Told of each thing that begins, and of nothing when others work. */
export interface Watchdog {
  expect(what: string | undefined): void;
  close(): void;
}

/**
 * Ends a process in which a call never returns: no timer of its own thread would be heard, and a test framework waits for ever.
 * In a browser, and under a debugger, there is none.
 *
 * @param seconds What one thing may take.
 */
export async function watchdog(seconds: number): Promise<Watchdog | undefined> {
  if (typeof process === 'undefined' || !process.versions?.node) return undefined;
  const [{ Worker }, inspector] = await Promise.all([import('node:worker_threads'), import('node:inspector')]);
  if (inspector.url() !== undefined) return undefined;
  const worker = new Worker(program, { eval: true, workerData: seconds });
  worker.unref();
  return {
    expect: (what) => worker.postMessage(what),
    close: () => void worker.terminate(),
  };
}
