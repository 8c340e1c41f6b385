import { type Derivative, FocalLossError, type Loss } from '@focal-loss/core';
import { denominatorKernel } from './denominator.ts';
import { pipelineOf, type SharedResources } from './device.ts';
import { kernel } from './kernel.ts';
import type { Chunk, Plan } from './plan.ts';
import { examplesKernel, inverseKernel, totalKernel } from './reduce.ts';
import { BINDING, type KernelSpec, valuesOf } from './spec.ts';
import { bytesOf, bytesOfTarget, type Dtype, type Targets } from './storage.ts';
import { callBlock } from './uniforms.ts';

/** A part of a buffer. */
export interface Range {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/** A call that is recorded, in one dispatch or several. */
export interface Recording {
  readonly shared: SharedResources;
  readonly loss: Loss;
  readonly dtype: Dtype;
  readonly rows: number;
  readonly classes: number;
  /** How far apart the classes of a row lie. */
  readonly inner: number;
  /** How many classes the logits of a sigmoid are of, and how far apart they lie. */
  readonly categories: { readonly count: number; readonly inner: number };
  readonly targets: Targets;
  readonly targetRows: boolean;
  /** Whether nobody has looked at the targets. */
  readonly unseen: boolean;
  readonly plan: Plan;
  readonly wants: readonly Derivative[];
  readonly weighted: boolean;
  /** 1 / denominator, or undefined where only the GPU will know it. */
  readonly inverse: number | undefined;
  /** One weight a class; at a sigmoid α and 1 − α for each. */
  readonly alphas: GPUBuffer | undefined;
}

/** The buffers of a call, from its first entry on. */
export interface Ranges {
  readonly logits: Range;
  readonly targets: Range;
  readonly weights?: Range | undefined;
  readonly grad?: Range | undefined;
  /** ∂²/∂logits², float32. */
  readonly hess?: Range | undefined;
  /** One float32 a target for reductions `'none'` and `'example'`, else one, or two: the second is what rounding took from the first. */
  readonly value?: Range | undefined;
}

/** Buffers of a call that are nobody's result. */
export interface Scratch {
  readonly partials: GPUBuffer;
  /** 1 / denominator, where only the GPU knows it. */
  readonly inverse?: GPUBuffer | undefined;
}

/** Bytes of one partial sum. */
export const PARTIAL = 16;

/** The uniform block of a chunk. */
export function blockOf(recording: Recording, { n, first, firstPartial }: Chunk): Uint32Array<ArrayBuffer> {
  const { loss, classes, categories, plan, inverse, unseen } = recording;
  return callBlock(loss, {
    n,
    classes,
    firstPartial,
    partials: plan.partials,
    first,
    inner: loss.link === 'sigmoid' ? categories.inner : recording.inner,
    categories: categories.count,
    noLabels: unseen ? 0x7fffff : 0,
    inverse: inverse ?? 0,
  });
}

/** Where entries from `first` on lie in a range, given the bytes of one. */
const part = ({ buffer, offset }: Range, first: number, n: number, bytes: number): Range => ({
  buffer,
  offset: offset + first * bytes,
  // float16: an odd end takes its whole word.
  size: Math.ceil((n * bytes) / 4) * 4,
});

/**
 * Records the one dispatch that computes losses and gradient of a chunk.
 *
 * @param first Of the chunk in `ranges`.
 */
export function recordChunk(
  pass: GPUComputePassEncoder,
  recording: Recording,
  chunk: Chunk,
  ranges: Ranges,
  call: GPUBuffer,
  scratch: Scratch,
  first: number,
): void {
  const { shared, loss, dtype, classes, plan, wants, weighted, inverse, alphas, targets, targetRows } = recording;
  const { lanes, width } = plan;
  const { subgroup } = shared;
  const measured = inverse === undefined;
  const strided = recording.inner > 1;
  const spec: KernelSpec = {
    loss,
    dtype,
    wants,
    weighted,
    measured,
    lanes,
    width,
    subgroup,
    targets,
    targetRows,
    strided,
  };
  const { n, groups } = chunk;
  const logits = (range: Range) => part(range, first, n, classes * bytesOf(dtype));
  const numbers = (range: Range) => part(range, first, n, 4);
  const bound: Record<number, GPUBindingResource> = {
    [BINDING.call]: { buffer: call },
    [BINDING.logits]: logits(ranges.logits),
    [BINDING.targets]: part(ranges.targets, first, n, bytesOfTargets(recording)),
  };
  if (weighted && ranges.weights) bound[BINDING.weights] = numbers(ranges.weights);
  if (alphas) bound[BINDING.alphas] = { buffer: alphas };
  if (measured && scratch.inverse) bound[BINDING.inverse] = { buffer: scratch.inverse };
  if (wants.includes('grad') && ranges.grad) bound[BINDING.grad] = logits(ranges.grad);
  if (wants.includes('hess') && ranges.hess) bound[BINDING.hess] = part(ranges.hess, first, n, classes * 4);
  const value = valuesOf(spec);
  if (value === 'sums') bound[BINDING.value] = { buffer: scratch.partials };
  if (value === 'each' && ranges.value) bound[BINDING.value] = numbers(ranges.value);
  dispatch(pass, shared, kernel(spec), bound, groups);
}

/** Bytes of the targets of one entry. */
const bytesOfTargets = ({ targets, targetRows, classes }: Recording): number =>
  bytesOfTarget(targets) * (targetRows ? classes : 1);

/** Records the second stage: the sum of all chunks over the denominator, into the first word of `result`. */
export function recordTotal(
  pass: GPUComputePassEncoder,
  { shared, plan }: Recording,
  call: GPUBuffer,
  { partials, inverse }: Scratch,
  result: Range,
): void {
  const code = totalKernel(plan.partials, shared, inverse !== undefined);
  const bound: Record<number, GPUBindingResource> = { 0: { buffer: call }, 1: { buffer: partials }, 2: result };
  if (inverse) bound[BINDING.inverse] = { buffer: inverse };
  dispatch(pass, shared, code, bound, 1);
}

/** Records the sums of the losses of each example, so many at a time. */
export function recordExamples(
  pass: GPUComputePassEncoder,
  recording: Recording,
  singles: Range,
  value: Range,
  perExample: number,
): void {
  const { shared, loss, plan, rows } = recording;
  const n = rows / perExample;
  const words = callBlock(loss, { ...NOTHING, n, classes: perExample, partials: plan.partials });
  const call = shared.blocks.get(words);
  const result = { ...value, size: 4 * n };
  const bound = { 0: { buffer: call }, 1: singles, 2: result };
  dispatch(pass, shared, examplesKernel(shared.subgroup), bound, Math.min(n, 16384));
}

const NOTHING = {
  n: 0,
  classes: 0,
  firstPartial: 0,
  partials: 0,
  first: 0,
  inner: 1,
  categories: 1,
  noLabels: 0,
  inverse: 1,
};

/** Records what finds the inverse of the denominator from targets and weights: one dispatch a chunk, and a second stage. */
export function recordDenominator(
  pass: GPUComputePassEncoder,
  recording: Recording,
  ranges: Ranges,
  calls: readonly GPUBuffer[],
  { partials, inverse }: { partials: GPUBuffer; inverse: GPUBuffer },
): void {
  const { shared, loss, plan } = recording;
  const code = denominatorKernel(loss, recording, shared.subgroup);
  plan.chunks.forEach(({ first, n, groups }, i) => {
    const bound: Record<number, GPUBindingResource> = {
      [BINDING.call]: { buffer: calls[i] },
      [BINDING.targets]: part(ranges.targets, first, n, bytesOfTargets(recording)),
      [BINDING.value]: { buffer: partials },
    };
    if (ranges.weights) bound[BINDING.weights] = part(ranges.weights, first, n, 4);
    dispatch(pass, shared, code, bound, groups);
  });
  const bound = { 0: { buffer: calls[calls.length - 1] }, 1: { buffer: partials }, 2: { buffer: inverse } };
  dispatch(pass, shared, inverseKernel(loss, plan.partials, shared), bound, 1);
}

/** Binds of `bound` what the kernel declares. */
export function dispatch(
  pass: GPUComputePassEncoder,
  shared: SharedResources,
  code: string,
  bound: Readonly<Record<number, GPUBindingResource>>,
  groups: number,
): void {
  checkBindings(shared, code);
  const pipeline = pipelineOf(shared, code);
  const entries = Object.entries(bound)
    .filter(([binding]) => code.includes(`@binding(${binding})`))
    .map(([binding, resource]) => ({ binding: Number(binding), resource }));
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, shared.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(groups);
}

/** @throws {@link FocalLossError} if a kernel takes more buffers than the device has for it. */
function checkBindings({ mostBuffers, pipelines }: SharedResources, code: string): void {
  if (pipelines.has(code)) return;
  const count = code.split('var<storage').length - 1;
  if (count <= mostBuffers) return;
  const takes = `one whose maxStorageBuffersPerShaderStage is at least ${count}, for what this call reads and writes`;
  throw new FocalLossError('dispatch', [{ field: 'device', got: `a device with ${mostBuffers}`, takes }]);
}
