/** A process that has WebGPU: imports a module, and calls its exports when it is told to. */
import { create, globals } from 'webgpu';
import { NOT_RUN } from './open.ts';

// Kept: what Dawn makes lives as long as this does.
const { gpu } = Object.assign(globalThis, globals, { gpu: create([]) });
const [path, ...features] = process.argv.slice(2);

/** One for all calls, since it takes longer to make a kernel than to run it; another once one is lost. */
let opened: GPUDevice | undefined;
let faults: string[] = [];

async function open(): Promise<GPUDevice> {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter');
  const missing = features.filter((feature) => !adapter.features.has(feature));
  if (missing.length > 0) throw new Error(`${NOT_RUN}the adapter has no ${missing.join(', ')}`);
  const device = await adapter.requestDevice({ requiredFeatures: features as GPUFeatureName[] });
  device.addEventListener('uncapturederror', ({ error }) => faults.push(error.message));
  void device.lost.then(() => {
    opened = undefined;
  });
  return device;
}

async function call(name: string, args: unknown[]): Promise<unknown> {
  opened ??= await open();
  faults = [];
  const module = await import(path);
  const result = await module[name](opened, ...args);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return result;
}

process.on('message', ({ id, name, args }: { id: number; name: string; args: unknown[] }) => {
  call(name, args).then(
    (result) => process.send?.({ id, result }),
    (error) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.once('disconnect', () => process.exit());
