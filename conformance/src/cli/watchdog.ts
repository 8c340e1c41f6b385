import { Worker } from 'node:worker_threads';

/** What the other thread does: end the process if it heard nothing for too long. */
const program = `
  const { parentPort, workerData: seconds } = require('node:worker_threads');
  let timer;
  parentPort.on('message', (what) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      require('node:fs').writeSync(2, 'focal-conformance: ' + what + ' blocked its thread for more than ' + seconds
        + ' s; process ended\\n');
      process.kill(process.pid, 'SIGTERM');
    }, seconds * 1000 + 1000);
  });
`;

/** Ends the process where a backend never returns from a call: no timer of its own thread would be heard. */
export class Watchdog {
  private readonly worker: Worker;

  constructor(seconds: number) {
    this.worker = new Worker(program, { eval: true, workerData: seconds });
    this.worker.unref();
  }

  /** The next thing is begun; the one before it came to an end. */
  expect(what: string): void {
    this.worker.postMessage(what);
  }

  /** Nothing more is begun. */
  close(): void {
    void this.worker.terminate();
  }
}
