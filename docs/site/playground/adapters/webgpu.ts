import { defineBackend } from '@focal-loss/conformance';
import { flushed } from '@focal-loss/testing/flushed';
import { compile, type WebGpuLoss } from '@focal-loss/webgpu';
import { kept } from '../kept.ts';
import type { Plugged } from '../plug.ts';
import { raceOnGpu } from '../training/raceOnGpu.ts';

/** The reader's own GPU. */
export default async (): Promise<Plugged> => {
  // Browsers without WebGPU have no such property, whatever the types say.
  const gpu = (navigator as { gpu?: GPU }).gpu;
  const adapter = await gpu?.requestAdapter();
  if (adapter === undefined || adapter === null) {
    throw new Error(
      gpu === undefined
        ? 'This browser has no WebGPU. The other adapters run without it.'
        : 'This browser has WebGPU, but found no GPU it could use. The other adapters run without one.',
    );
  }
  const requiredFeatures = (['subgroups'] as const).filter((feature) => adapter.features.has(feature));
  const device = await adapter.requestDevice({ requiredFeatures });
  const { info } = adapter;
  const losses = kept<WebGpuLoss>(
    (loss) => compile(loss, { device }),
    (run) => run.dispose(),
  );
  const backend = defineBackend({
    name: 'webgpu float32',
    dtype: 'float32',
    device: 'gpu',
    xfail: flushed,
    runtime: () => ({ adapter: [info.vendor, info.architecture, info.description].filter(Boolean).join(' ') }),
    evaluate: ({ loss, logits, targets, shape, weights, normalizer, grad }) =>
      losses.with(loss, async (run) => {
        const options = { shape, weights, normalizer };
        return grad
          ? await run.valueAndGrad(logits, targets, options)
          : { value: await run.value(logits, targets, options) };
      }),
  });
  return { backend, race: (races, start) => raceOnGpu(device, races, start) };
};
