import type { Loss } from '@focal-loss/core';
import { checkBuffers, type EncodeOptions } from './call.ts';
import type { SharedResources } from './device.ts';
import { blockOf, PARTIAL, type Recording, recordChunk, recordDenominator, recordTotal } from './dispatch.ts';
import { plan } from './plan.ts';
import type { Dtype } from './storage.ts';

/**
 * Records a loss into a user's encoder: one dispatch that writes losses and gradient, the second stage of the sum, and
 * before them two of the denominator where only targets or weights tell it.
 */
export function encode(
  shared: SharedResources,
  loss: Loss,
  dtype: Dtype,
  alphas: GPUBuffer | undefined,
  encoder: GPUCommandEncoder,
  options: EncodeOptions,
): void {
  const { ranges, rows, classes, denominator } = checkBuffers(shared, loss, dtype, encoder, options);
  const inverse = denominator === undefined ? undefined : denominator === 0 ? 0 : 1 / denominator;
  const cut = plan(loss, { rows, classes }, dtype, shared.device);
  const wants = (['value', 'grad'] as const).filter((part) => ranges[part] !== undefined);
  const weighted = ranges.weights !== undefined;
  const recording: Recording = { shared, loss, dtype, classes, plan: cut, wants, weighted, inverse, alphas };

  const { blocks, scratch } = shared;
  // Nothing at all still has a sum, which is 0.
  const chunks = cut.chunks.length > 0 ? cut.chunks : [{ first: 0, n: 0, groups: 0, firstPartial: 0 }];
  const calls = chunks.map((chunk) => blocks.get(blockOf(recording, chunk)));
  const partials = scratch.get('partials', Math.max(cut.partials, 1) * PARTIAL);
  const pass = encoder.beginComputePass({ label: loss.name });
  const inverseBuffer = inverse === undefined && rows > 0 ? scratch.get('inverse', 4) : undefined;
  if (inverseBuffer) recordDenominator(pass, recording, ranges, calls, { partials, inverse: inverseBuffer });
  const made = { partials, inverse: inverseBuffer };
  cut.chunks.forEach((chunk, i) => {
    recordChunk(pass, recording, chunk, ranges, calls[i], made, chunk.first);
  });
  if (ranges.value && loss.reduction !== 'none') {
    recordTotal(pass, recording, calls[calls.length - 1], made, { ...ranges.value, size: 4 });
  }
  pass.end();
}
