import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { vulkanEnvironment } from '@focal-loss/testing';

/** A module in a Node.js process that has WebGPU. */
export interface GpuModule {
  /** Calls an export with a device, the same for all calls, and these arguments; anything that structured clones can be passed. */
  call<R>(name: string, ...args: unknown[]): Promise<R>;
}

/** What the process is asked. */
export interface Request {
  readonly id: number;
  readonly module: string;
  readonly features: readonly GPUFeatureName[];
  readonly name: string;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly id: number;
  readonly result: unknown;
  readonly error?: string;
}

/** How the message of a call begins that could not be made here. */
export const NOT_RUN = 'not run: ';

/** One process for all files of tests: to start it takes longer than most of them. It ends when this one does. */
let child: ChildProcess | undefined;
let ended: string | undefined;
let next = 0;
const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

/**
 * A module whose functions take a GPUDevice first, one with these features. A device error that nobody caught fails the call.
 */
export const openGpu = (module: URL, features: readonly GPUFeatureName[] = []): GpuModule => ({
  call<R>(name: string, ...args: unknown[]) {
    child ??= start();
    const request: Request = { id: next++, module: module.href, features, name, args };
    return new Promise<R>((resolve, reject) => {
      if (ended !== undefined) reject(new Error(ended));
      waiting.set(request.id, { resolve: resolve as (value: unknown) => void, reject });
      child?.send(request);
    });
  },
});

function start(): ChildProcess {
  const started = fork(fileURLToPath(new URL('child.ts', import.meta.url)), {
    serialization: 'advanced',
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...vulkanEnvironment() },
  });
  const end = (why: string) => {
    ended ??= why;
    for (const { reject } of waiting.values()) reject(new Error(ended));
  };
  started.on('message', ({ id, result, error }: Answer) => {
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  started.once('error', (error) => end(error.message));
  started.once('exit', (code, signal) => end(`the process ended with ${signal ?? code}`));
  // Nobody waits for it to end.
  started.unref();
  started.channel?.unref();
  return started;
}
