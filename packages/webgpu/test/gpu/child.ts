/** A process that has WebGPU: imports modules, and calls their exports when it is told to. */
import { create, globals } from 'webgpu';
import { NOT_RUN, type Request } from './open.ts';

// Kept: what Dawn makes lives as long as this does.
const { gpu } = Object.assign(globalThis, globals, { gpu: create([]) });

/** One for all calls of a module, since it takes longer to make a kernel than to run it; another once one is lost. */
const opened = new Map<string, Promise<GPUDevice>>();
let faults: string[] = [];

async function open(key: string, features: readonly GPUFeatureName[]): Promise<GPUDevice> {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter');
  const missing = features.filter((feature) => !adapter.features.has(feature));
  if (missing.length > 0) throw new Error(`${NOT_RUN}the adapter has no ${missing.join(', ')}`);
  const device = await adapter.requestDevice({ requiredFeatures: [...features] });
  device.addEventListener('uncapturederror', ({ error }) => faults.push(error.message));
  void device.lost.then(() => opened.delete(key));
  return device;
}

async function call({ module: path, features, name, args }: Request): Promise<unknown> {
  const key = [path, ...features].join();
  const device = opened.get(key) ?? open(key, features);
  opened.set(key, device);
  faults = [];
  const module = await import(path);
  const result = await module[name](await device, ...args);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return result;
}

process.on('message', (request: Request) => {
  const { id } = request;
  call(request).then(
    (result) => process.send?.({ id, result }),
    (error) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.once('disconnect', () => process.exit());
