import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { vulkanEnvironment } from '@focal-loss/testing';

/** A module in a Node.js process that has WebGPU. */
export interface GpuModule {
  /** Calls an export with a device, the same for all calls, and these arguments; anything that structured clones can be passed. */
  call<R>(name: string, ...args: unknown[]): Promise<R>;
  close(): void;
}

/** How the message of a call begins that could not be made here. */
export const NOT_RUN = 'not run: ';

/**
 * Opens a module, whose functions take a GPUDevice first, one with these features. A device error that nobody caught
 * fails the call.
 */
export function openGpu(module: URL, features: readonly GPUFeatureName[] = []): GpuModule {
  const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [module.href, ...features], {
    serialization: 'advanced',
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...vulkanEnvironment() },
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let ended: string | undefined;
  const end = (why: string) => {
    ended ??= why;
    for (const { reject } of waiting.values()) reject(new Error(ended));
  };
  child.on('message', ({ id, result, error }: { id: number; result: unknown; error?: string }) => {
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  child.once('error', (error) => end(error.message));
  child.once('exit', (code, signal) => end(`the process ended with ${signal ?? code}`));
  let next = 0;
  return {
    call<R>(name: string, ...args: unknown[]) {
      const id = next++;
      return new Promise<R>((resolve, reject) => {
        if (ended !== undefined) reject(new Error(ended));
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        child.send({ id, name, args });
      });
    },
    close: () => child.disconnect(),
  };
}
