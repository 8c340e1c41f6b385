import { FocalLossError } from '@focal-loss/core';
import { NamedBuffers, ReadbackBuffers, UniformBlocks, USAGE } from './buffers.ts';
import { directives, main } from './grid.ts';
import { WORKGROUP } from './spec.ts';

/** What all losses of one device share: pipelines, and buffers that one loss of them needs at a time. */
export interface SharedResources {
  readonly device: GPUDevice;
  /** Pipelines by their WGSL, which parameters and sizes are no part of. */
  readonly pipelines: Map<string, GPUComputePipeline>;
  /** For calls with arrays, which are submitted where they are recorded. */
  readonly workspace: NamedBuffers;
  /** For calls recorded into a user's encoder. */
  readonly scratch: NamedBuffers;
  readonly blocks: UniformBlocks;
  readonly readback: ReadbackBuffers;
  /** As in {@link Grid}; 1 until {@link measureSubgroup} has looked. */
  subgroup: number;
  /** Invocations of the widest workgroup: 256 where the device has so many. */
  readonly widest: number;
  /** Storage buffers that a kernel may have. */
  readonly mostBuffers: number;
  /** Compiled losses that have not been disposed of. */
  users: number;
  /** Buffers of class weights, held by single losses. */
  own: number;
  /** Why the device is lost, once it is. */
  lost: string | undefined;
}

const known = new WeakMap<GPUDevice, SharedResources>();

/** What the losses of a device share. */
export function sharedBy(device: GPUDevice): SharedResources {
  const existing = known.get(device);
  if (existing !== undefined) return existing;
  const storage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;
  const shared: SharedResources = {
    device,
    pipelines: new Map(),
    workspace: new NamedBuffers(device, storage | USAGE.UNIFORM, 'destroy'),
    scratch: new NamedBuffers(device, storage, 'drop'),
    blocks: new UniformBlocks(device),
    readback: new ReadbackBuffers(device),
    subgroup: 1,
    widest: widestOf(device),
    mostBuffers: device.limits.maxStorageBuffersPerShaderStage ?? 8,
    users: 0,
    own: 0,
    lost: undefined,
  };
  known.set(device, shared);
  void device.lost.then(({ reason, message }) => {
    shared.lost = `${reason}${message ? `: ${message}` : ''}`;
  });
  return shared;
}

/** The most that WebGPU promises, for a second stage that has much to do; in compatibility mode a device may have 128. */
function widestOf({ limits }: GPUDevice): number {
  const { maxComputeInvocationsPerWorkgroup: all = 256, maxComputeWorkgroupSizeX: along = 256 } = limits;
  return 2 ** Math.floor(Math.log2(Math.min(256, all, along)));
}

/**
 * Makes sure that a device can have the workgroups of all kernels.
 *
 * @throws {@link FocalLossError} naming the limit.
 */
export function checkLimits(name: string, { widest }: SharedResources): void {
  if (widest >= WORKGROUP) return;
  const takes = `one with workgroups of ${WORKGROUP}: maxComputeInvocationsPerWorkgroup and maxComputeWorkgroupSizeX`;
  throw new FocalLossError(name, [{ field: 'device', got: `a device with workgroups of ${widest}`, takes }]);
}

/**
 * How many invocations surely share a subgroup: 1 unless the device was requested with the feature `subgroups` and its
 * WGSL numbers them, which only a try can tell from a device.
 */
export async function measureSubgroup(shared: SharedResources): Promise<number> {
  const { device } = shared;
  const { subgroupMinSize = 1, subgroupMaxSize = Infinity } = device.adapterInfo ?? {};
  if (shared.subgroup > 1 || !device.features.has('subgroups') || subgroupMaxSize > WORKGROUP) return shared.subgroup;
  device.pushErrorScope('validation');
  device.createShaderModule({
    code: directives(subgroupMinSize) + main({ workgroup: WORKGROUP, subgroup: subgroupMinSize }, ''),
  });
  const fault = await device.popErrorScope().catch(() => 'lost');
  if (fault === null) shared.subgroup = subgroupMinSize;
  return shared.subgroup;
}

/**
 * How many `GPUBuffer`s the losses compiled for a device hold at this moment, for whoever looks for a leak. It does not
 * grow with the number of calls; it is 0 when every loss has been disposed of and every call has been answered.
 */
export function buffersHeld(device: GPUDevice): number {
  const shared = known.get(device);
  if (shared === undefined) return 0;
  const { workspace, scratch, blocks, readback, own } = shared;
  return workspace.count + scratch.count + blocks.count + readback.count + own;
}

/** Gives back what nobody needs when the last loss of a device is gone. */
export function leave(shared: SharedResources): void {
  shared.users--;
  if (shared.users > 0) return;
  for (const part of [shared.workspace, shared.scratch, shared.blocks, shared.readback]) part.clear();
}

/** The error of a call whose device is gone. */
export const lostError = (name: string, why: string): FocalLossError =>
  new FocalLossError(name, [{ field: 'device', got: `a lost device (${why})`, takes: 'a device that is not lost' }]);

/**
 * The pipeline of a WGSL text.
 *
 * @throws {@link FocalLossError} later, as an error of the device, if the text is no WGSL.
 */
export function pipelineOf({ device, pipelines }: SharedResources, code: string): GPUComputePipeline {
  const existing = pipelines.get(code);
  if (existing !== undefined) return existing;
  const pipeline = device.createComputePipeline(descriptor(device, code));
  pipelines.set(code, pipeline);
  return pipeline;
}

/** {@link pipelineOf} ahead of its use, without blocking. */
export async function preparePipeline(shared: SharedResources, code: string): Promise<void> {
  if (shared.pipelines.has(code)) return;
  const pipeline = await shared.device.createComputePipelineAsync(descriptor(shared.device, code));
  if (!shared.pipelines.has(code)) shared.pipelines.set(code, pipeline);
}

const descriptor = (device: GPUDevice, code: string): GPUComputePipelineDescriptor => ({
  label: code.slice(0, code.indexOf('\n')),
  layout: 'auto',
  compute: { module: device.createShaderModule({ code }) },
});
