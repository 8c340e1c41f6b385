import type { Derivative, Loss } from '@focal-loss/core';
import { denominatorKernel } from './denominator.ts';
import { pipelineOf, type SharedResources } from './device.ts';
import { kernel } from './kernel.ts';
import type { Chunk, Plan } from './plan.ts';
import { inverseKernel, totalKernel } from './reduce.ts';
import { BINDING, type KernelSpec, valuesOf } from './spec.ts';
import { bytesOf, type Dtype } from './storage.ts';
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
  readonly classes: number;
  readonly plan: Plan;
  readonly wants: readonly Derivative[];
  readonly weighted: boolean;
  /** 1 / denominator, or undefined where only the GPU will know it. */
  readonly inverse: number | undefined;
  /** One weight a class. */
  readonly alphas: GPUBuffer | undefined;
}

/** The buffers of a call, from its first entry on. */
export interface Ranges {
  readonly logits: Range;
  readonly targets: Range;
  readonly weights?: Range | undefined;
  readonly grad?: Range | undefined;
  /** One float32 a target for reduction `'none'`, else one, or two: the second is what rounding took from the first. */
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
export const blockOf = (
  { loss, classes, plan, inverse }: Recording,
  { n, firstPartial }: Chunk,
): Uint32Array<ArrayBuffer> =>
  callBlock(loss, { n, classes, firstPartial, partials: plan.partials, inverse: inverse ?? 0 });

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
  const { shared, loss, dtype, classes, plan, wants, weighted, inverse, alphas } = recording;
  const { lanes, width } = plan;
  const { subgroup } = shared;
  const measured = inverse === undefined;
  const spec: KernelSpec = { loss, dtype, wants, weighted, measured, lanes, width, subgroup };
  const { n, groups } = chunk;
  const logits = (range: Range) => part(range, first, n, classes * bytesOf(dtype));
  const numbers = (range: Range) => part(range, first, n, 4);
  const bound: Record<number, GPUBindingResource> = {
    [BINDING.call]: { buffer: call },
    [BINDING.logits]: logits(ranges.logits),
    [BINDING.targets]: numbers(ranges.targets),
  };
  if (weighted && ranges.weights) bound[BINDING.weights] = numbers(ranges.weights);
  if (alphas) bound[BINDING.alphas] = { buffer: alphas };
  if (measured && scratch.inverse) bound[BINDING.inverse] = { buffer: scratch.inverse };
  if (wants.includes('grad') && ranges.grad) bound[BINDING.grad] = logits(ranges.grad);
  const value = valuesOf(spec);
  if (value === 'sums') bound[BINDING.value] = { buffer: scratch.partials };
  if (value === 'each' && ranges.value) bound[BINDING.value] = numbers(ranges.value);
  dispatch(pass, shared, kernel(spec), bound, groups);
}

/** Records the second stage: the sum of all chunks over the denominator, into the first word of `result`. */
export function recordTotal(
  pass: GPUComputePassEncoder,
  { shared, plan }: Recording,
  call: GPUBuffer,
  { partials, inverse }: Scratch,
  result: Range,
): void {
  const code = totalKernel(plan.partials, shared.subgroup, inverse !== undefined);
  const bound: Record<number, GPUBindingResource> = { 0: { buffer: call }, 1: { buffer: partials }, 2: result };
  if (inverse) bound[BINDING.inverse] = { buffer: inverse };
  dispatch(pass, shared, code, bound, 1);
}

/** Records what finds the inverse of the denominator from targets and weights: one dispatch a chunk, and a second stage. */
export function recordDenominator(
  pass: GPUComputePassEncoder,
  recording: Recording,
  ranges: Ranges,
  calls: readonly GPUBuffer[],
  { partials, inverse }: { partials: GPUBuffer; inverse: GPUBuffer },
): void {
  const { shared, loss, weighted, plan } = recording;
  const code = denominatorKernel(loss, weighted, shared.subgroup);
  plan.chunks.forEach(({ first, n, groups }, i) => {
    const bound: Record<number, GPUBindingResource> = {
      [BINDING.call]: { buffer: calls[i] },
      [BINDING.targets]: part(ranges.targets, first, n, 4),
      [BINDING.value]: { buffer: partials },
    };
    if (ranges.weights) bound[BINDING.weights] = part(ranges.weights, first, n, 4);
    dispatch(pass, shared, code, bound, groups);
  });
  const bound = { 0: { buffer: calls[calls.length - 1] }, 1: { buffer: partials }, 2: { buffer: inverse } };
  dispatch(pass, shared, inverseKernel(loss, plan.partials, shared.subgroup), bound, 1);
}

/** Binds of `bound` what the kernel declares. */
function dispatch(
  pass: GPUComputePassEncoder,
  shared: SharedResources,
  code: string,
  bound: Readonly<Record<number, GPUBindingResource>>,
  groups: number,
): void {
  const pipeline = pipelineOf(shared, code);
  const entries = Object.entries(bound)
    .filter(([binding]) => code.includes(`@binding(${binding})`))
    .map(([binding, resource]) => ({ binding: Number(binding), resource }));
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, shared.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(groups);
}
