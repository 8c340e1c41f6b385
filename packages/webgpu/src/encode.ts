import { FocalLossError, type Loss } from '@focal-loss/core';
import { checkBuffers, type EncodeOptions } from './call.ts';
import type { SharedResources } from './device.ts';
import {
  blockOf,
  PARTIAL,
  type Range,
  type Recording,
  recordChunk,
  recordDenominator,
  recordExamples,
  recordTotal,
} from './dispatch.ts';
import { plan } from './plan.ts';
import { isEach } from './spec.ts';
import type { Dtype, Targets } from './storage.ts';

/**
 * Records a loss into a user's encoder: one dispatch that writes losses and gradient, the second stage of the sum, and
 * before them two of the denominator where only targets or weights tell it.
 */
export function encode(
  shared: SharedResources,
  loss: Loss,
  formats: { readonly dtype: Dtype; readonly targets: Targets },
  alphas: GPUBuffer | undefined,
  encoder: GPUCommandEncoder,
  options: EncodeOptions,
): void {
  const at = checkBuffers(shared, loss, formats, encoder, options);
  const { ranges, rows, classes, inner, categories, targetRows, denominator } = at;
  const inverse = denominator === undefined ? undefined : denominator === 0 ? 0 : 1 / denominator;
  const wants = (['value', 'grad', 'hess'] as const).filter((part) => ranges[part] !== undefined);
  const asked = { ...formats, loss, rows, classes, inner, wants, targetRows };
  const cut = plan(asked, shared.device);
  const weighted = ranges.weights !== undefined;
  const recording: Recording = { ...asked, shared, categories, unseen: true, plan: cut, weighted, inverse, alphas };

  const { blocks, scratch } = shared;
  // Nothing at all still has a sum, which is 0.
  const chunks = cut.chunks.length > 0 ? cut.chunks : [{ first: 0, n: 0, groups: 0, firstPartial: 0 }];
  const calls = chunks.map((chunk) => blocks.get(blockOf(recording, chunk)));
  const partials = scratch.get('partials', Math.max(cut.partials, 1) * PARTIAL);
  const pass = encoder.beginComputePass({ label: loss.name });
  const inverseBuffer = inverse === undefined && rows > 0 ? scratch.get('inverse', 4) : undefined;
  if (inverseBuffer) recordDenominator(pass, recording, ranges, calls, { partials, inverse: inverseBuffer });
  const made = { partials, inverse: inverseBuffer };
  // The losses of examples are added up afterwards.
  const singles = loss.reduction === 'example' && ranges.value && rows > 0 ? singlesOf(shared, loss, rows) : undefined;
  const written = singles === undefined ? ranges : { ...ranges, value: singles };
  cut.chunks.forEach((chunk, i) => {
    recordChunk(pass, recording, chunk, written, calls[i], made, chunk.first);
  });
  if (singles && ranges.value) recordExamples(pass, recording, singles, ranges.value, at.perExample);
  if (ranges.value && !isEach(loss)) {
    recordTotal(pass, recording, calls[calls.length - 1], made, { ...ranges.value, size: 4 });
  }
  pass.end();
}

/**
 * Room for the losses of all entries.
 *
 * @throws {@link FocalLossError} if they are more than can be bound at once.
 */
function singlesOf({ device, scratch }: SharedResources, loss: Loss, rows: number): Range {
  const most = device.limits.maxStorageBufferBindingSize;
  if (4 * rows > most) {
    const takes = `up to ${most / 4} with reduction 'example', the device's maxStorageBufferBindingSize of ${most} bytes`;
    throw new FocalLossError(loss.name, [{ field: 'targets', got: `${rows} losses`, takes }]);
  }
  return { buffer: scratch.get('singles', 4 * rows), offset: 0, size: 4 * rows };
}
