import { FocalLossError, type Loss } from '@focal-loss/core';
import type { CheckedBuffers } from './call.ts';
import type { SharedResources } from './device.ts';
import {
  blockOf,
  chunkStep,
  examplesBlock,
  examplesStep,
  factorSteps,
  isMeasured,
  PARTIAL,
  type Range,
  type Recording,
  type Step,
  totalStep,
} from './dispatch.ts';
import { plan } from './plan.ts';
import { isEach } from './spec.ts';
import type { Dtype, Targets } from './storage.ts';

/** What all calls of a compiled loss have. */
export interface Setting {
  readonly shared: SharedResources;
  readonly loss: Loss;
  readonly dtype: Dtype;
  readonly targets: Targets;
  /** One weight a class; at a sigmoid α and 1 − α for each. */
  readonly alphas: GPUBuffer | undefined;
}

/** Where the buffers of a call come from that are nobody's result. */
export type Room = Pick<SharedResources, 'blocks' | 'scratch'>;

/** Room for a call of which only the texts are wanted. */
const nothing = { get: () => undefined as unknown as GPUBuffer };
export const NO_ROOM = { blocks: nothing, scratch: nothing } as unknown as Room;

/**
 * The dispatches of a loss of buffers: one that writes losses and gradient, the second stage of the sum, and before them two of
 * the denominator where only targets or weights tell it.
 *
 * @throws {@link FocalLossError} if the device cannot bind what it takes.
 */
export function steps({ shared, loss, dtype, targets, alphas }: Setting, at: CheckedBuffers, room: Room): Step[] {
  const { ranges, rows, classes, inner, categories, targetRows, wants, scale, accumulate } = at;
  const denominator = ranges.normalizer ? 'given' : at.denominator === undefined ? 'counted' : 'known';
  const known = denominator === 'known' ? at.denominator : 1;
  const inverse = known ? scale / known : 0;
  const asked = { dtype, targets, loss, rows, classes, inner, wants, targetRows };
  const recording: Recording = {
    ...asked,
    shared,
    categories,
    unseen: true,
    plan: plan(asked, shared.capacity),
    weighted: at.weighted,
    inverse,
    denominator,
    scaleGiven: ranges.scale !== undefined,
    scaled: ranges.scale !== undefined || scale !== 1,
    accumulate,
    alphas,
  };
  const { blocks, scratch } = room;
  const cut = recording.plan;
  // Nothing at all still has a sum, which is 0.
  const chunks = cut.chunks.length > 0 ? cut.chunks : [{ first: 0, n: 0, groups: 0, firstPartial: 0 }];
  const calls = chunks.map((chunk) => blocks.get(blockOf(recording, chunk)));
  const partials = scratch.get('partials', Math.max(cut.partials, 1) * PARTIAL);
  const made: Step[] = [];
  const inverseBuffer = isMeasured(recording) ? scratch.get('inverse', 4) : undefined;
  if (isMeasured(recording)) {
    made.push(...factorSteps(recording, ranges, calls, { partials, inverse: inverseBuffer as GPUBuffer }));
  }
  const own = { partials, inverse: inverseBuffer };
  // The losses of examples are added up afterwards.
  const singles =
    loss.reduction === 'example' && ranges.value && at.examples > 0 ? singlesOf(shared, room, loss, rows) : undefined;
  const written = singles === undefined ? ranges : { ...ranges, value: singles };
  made.push(...cut.chunks.map((chunk, i) => chunkStep(recording, chunk, written, calls[i], own, chunk.first)));
  if (singles && ranges.value) {
    const call = blocks.get(examplesBlock(recording, at));
    made.push(examplesStep(recording, call, singles, ranges.value, at.examples));
  }
  if (ranges.value && !isEach(loss)) {
    made.push(totalStep(recording, calls[calls.length - 1], own, { ...ranges.value, size: 4 }));
  }
  return made;
}

/**
 * Room for the losses of all entries.
 *
 * @throws {@link FocalLossError} if they are more than can be bound at once.
 */
function singlesOf({ capacity }: SharedResources, { scratch }: Room, loss: Loss, rows: number): Range {
  const most = capacity.limits.maxStorageBufferBindingSize;
  if (4 * rows > most) {
    const takes = `up to ${most / 4} with reduction 'example', the device's maxStorageBufferBindingSize of ${most} bytes`;
    throw new FocalLossError(loss.name, [{ field: 'targets', got: `${rows} losses`, takes }]);
  }
  // Nothing can be bound that has no bytes.
  const size = 4 * Math.max(rows, 1);
  return { buffer: scratch.get('singles', size), offset: 0, size };
}
