/** A process that has WebGPU: imports a module, and calls its exports when it is told to. */
import { create, globals } from 'webgpu';
import { NOT_RUN } from './open.ts';

// Kept: what Dawn makes lives as long as this does.
const { gpu } = Object.assign(globalThis, globals, { gpu: create([]) });
const [path, ...features] = process.argv.slice(2);

/** A device of its own for each call. */
async function call(name: string, args: unknown[]): Promise<unknown> {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter');
  const missing = features.filter((feature) => !adapter.features.has(feature));
  if (missing.length > 0) throw new Error(`${NOT_RUN}the adapter has no ${missing.join(', ')}`);
  const device = await adapter.requestDevice({ requiredFeatures: features as GPUFeatureName[] });
  const faults: string[] = [];
  device.addEventListener('uncapturederror', ({ error }) => faults.push(error.message));
  const module = await import(path);
  const result = await module[name](device, ...args);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  device.destroy();
  return result;
}

process.on('message', ({ id, name, args }: { id: number; name: string; args: unknown[] }) => {
  call(name, args).then(
    (result) => process.send?.({ id, result }),
    (error) => process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.once('disconnect', () => process.exit());
