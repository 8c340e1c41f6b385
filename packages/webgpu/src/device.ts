import { FocalLossError } from '@focal-loss/core';
import { NamedBuffers, ReadbackBuffers, UniformBlocks, USAGE } from './buffers.ts';
import { directives, main } from './grid.ts';
import type { Capacity } from './plan.ts';
import { WORKGROUP } from './spec.ts';

/** A pipeline, with what it takes a while to ask a pipeline or its text for. */
export interface Kernel {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** The bindings that its text declares. */
  readonly bindings: readonly number[];
}

/** What all losses of one device share: pipelines, and buffers that one loss of them needs at a time. */
export interface SharedResources {
  readonly device: GPUDevice;
  /** What of the device says how calls are cut: asking a device itself takes longer than all else of recording a call. */
  readonly capacity: Capacity;
  /** Pipelines by their WGSL, which parameters and sizes are no part of. */
  readonly pipelines: Map<string, Kernel>;
  /** Those that are being made. */
  readonly pending: Map<string, Promise<void>>;
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
    capacity: capacityOf(device),
    pipelines: new Map(),
    pending: new Map(),
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
 * The pipeline of a WGSL text, made on the spot if nobody {@link preparePipeline | prepared} it.
 *
 * @throws {@link FocalLossError} if it takes more buffers than the device has for a kernel; later, as an error of the device,
 *   if the text is no WGSL.
 */
export function kernelOf(shared: SharedResources, code: string): Kernel {
  const existing = shared.pipelines.get(code);
  if (existing !== undefined) return existing;
  checkBindings(shared, code);
  return keep(shared, code, shared.device.createComputePipeline(descriptor(shared.device, code)));
}

/** {@link kernelOf} ahead of its use, without blocking. */
export function preparePipeline(shared: SharedResources, code: string): Promise<void> {
  const { device, pipelines, pending } = shared;
  if (pipelines.has(code)) return Promise.resolve();
  checkBindings(shared, code);
  const making =
    pending.get(code) ??
    device
      .createComputePipelineAsync(descriptor(device, code))
      .then((pipeline) => {
        if (!pipelines.has(code)) keep(shared, code, pipeline);
      })
      .finally(() => pending.delete(code));
  pending.set(code, making);
  return making;
}

/** How objects of this package are called in the messages of a device. */
const labelOf = (code: string): string => `focal-loss ${/^\/\/ (.*?)\.?$/m.exec(code)?.[1]}`;

function keep({ pipelines }: SharedResources, code: string, pipeline: GPUComputePipeline): Kernel {
  const bindings = Array.from(code.matchAll(/@binding\((\d+)\)/g), ([, binding]) => Number(binding));
  const made = { label: labelOf(code), pipeline, layout: pipeline.getBindGroupLayout(0), bindings };
  pipelines.set(code, made);
  return made;
}

/** @throws {@link FocalLossError} if a kernel takes more buffers than the device has for it. */
function checkBindings({ mostBuffers }: SharedResources, code: string): void {
  const count = code.split('var<storage').length - 1;
  if (count <= mostBuffers) return;
  const takes = `one whose maxStorageBuffersPerShaderStage is at least ${count}, for what this call reads and writes`;
  throw new FocalLossError('dispatch', [{ field: 'device', got: `a device with ${mostBuffers}`, takes }]);
}

function descriptor(device: GPUDevice, code: string): GPUComputePipelineDescriptor {
  const label = labelOf(code);
  return { label, layout: 'auto', compute: { module: device.createShaderModule({ label, code }) } };
}

function capacityOf({ limits, adapterInfo }: GPUDevice): Capacity {
  const { maxStorageBufferBindingSize, minStorageBufferOffsetAlignment } = limits;
  return {
    limits: { maxStorageBufferBindingSize, minStorageBufferOffsetAlignment },
    ...(adapterInfo && { adapterInfo: { isFallbackAdapter: adapterInfo.isFallbackAdapter } }),
  };
}
