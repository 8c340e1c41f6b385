import { defineBackend, everything } from '@focal-loss/conformance';
import { sigmoidFocal } from '@focal-loss/core';
import { flushed } from '@focal-loss/testing/flushed';
import { buffersHeld, compile } from '@focal-loss/webgpu';

/** One device for all backends of this place. */
let opened;

/**
 * A backend on the GPU that `getGpu` finds.
 *
 * @param {'float32' | 'float16'} dtype
 * @param {() => Promise<any>} getGpu
 * @param {object} [options]
 * @param {number} [options.largest] Logits at once: sums of ten million take a GPU in software seconds each.
 * @param {boolean} [options.subgroups] Whether to sum with subgroups, where there are any.
 */
export const backend = (dtype, getGpu, { largest, subgroups = false } = {}) => {
  const start = () => {
    opened ??= open(getGpu, subgroups);
    return opened;
  };
  // Keeps the device's buffers between calls, as a program would that trains with one loss.
  let kept;
  return defineBackend({
    name: `webgpu ${dtype}`,
    dtype,
    device: 'gpu',
    supports: everything,
    ...(dtype === 'float32' && { xfail: flushed }),
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
    async evaluate({ loss, logits, targets, shape, axis, weights, weightsShape, normalizer, wants }) {
      const { device } = await start();
      kept ??= compile(sigmoidFocal(), { device, dtype });
      await kept;
      const run = await compile(loss, { device, dtype, prepare: [] });
      const options = { shape, axis, weights, weightsShape, normalizer };
      try {
        if (wants.includes('posterior')) return { posterior: await run.posterior(logits, { shape, axis }) };
        if (wants.includes('hess')) return await run.valueGradHess(logits, targets, options);
        if (wants.includes('grad')) return await run.valueAndGrad(logits, targets, options);
        return { value: await run.value(logits, targets, options) };
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

async function open(getGpu, subgroups) {
  try {
    const gpu = await getGpu();
    const adapter = await gpu?.requestAdapter();
    if (!adapter) return { reason: 'no WebGPU adapter here' };
    const { info } = adapter;
    const words = new Set([info.vendor, info.architecture, info.device, info.description].filter(Boolean));
    const requiredFeatures = ['subgroups'].filter((feature) => subgroups && adapter.features.has(feature));
    const device = await adapter.requestDevice({ requiredFeatures });
    return { device, adapter: [[...words].join(' '), ...requiredFeatures].join(', ') };
  } catch (error) {
    return { reason: `no WebGPU: ${error instanceof Error ? error.message : error}` };
  }
}
