import { defineBackend } from '@focal-loss/conformance';
import { sigmoidFocal } from '@focal-loss/core';
import { buffersHeld, compile } from '@focal-loss/webgpu';

/** One device for all backends of this place. */
let opened;

/**
 * A backend on the GPU that `getGpu` finds.
 *
 * @param largest Logits at once: sums of ten million take a GPU in software seconds each.
 */
export const backend = (dtype, getGpu, largest) => {
  const start = () => {
    opened ??= open(getGpu);
    return opened;
  };
  // Keeps the device's buffers between calls, as a program would that trains with one loss.
  let kept;
  return defineBackend({
    name: `webgpu ${dtype}`,
    dtype,
    device: 'gpu',
    ...(largest === undefined ? {} : { largest }),
    async unavailable() {
      const { reason } = await start();
      return reason;
    },
    async runtime() {
      const { adapter } = await start();
      return { adapter };
    },
    async resources() {
      const { device } = await start();
      return buffersHeld(device);
    },
    async evaluate({ loss, logits, targets, shape, weights, normalizer, grad }) {
      const { device } = await start();
      kept ??= compile(sigmoidFocal(), { device, dtype });
      await kept;
      const run = await compile(loss, { device, dtype });
      const options = { shape, weights, normalizer };
      try {
        return grad
          ? await run.valueAndGrad(logits, targets, options)
          : { value: await run.value(logits, targets, options) };
      } finally {
        run.dispose();
      }
    },
    async close() {
      const run = await kept;
      run?.dispose();
    },
  });
};

async function open(getGpu) {
  try {
    const gpu = await getGpu();
    const adapter = await gpu?.requestAdapter();
    if (!adapter) return { reason: 'no WebGPU adapter here' };
    const { vendor, architecture, device, description } = adapter.info;
    const words = [...new Set([vendor, architecture, device, description].filter(Boolean))];
    return { device: await adapter.requestDevice(), adapter: words.join(' ') };
  } catch (error) {
    return { reason: `no WebGPU: ${error instanceof Error ? error.message : error}` };
  }
}
