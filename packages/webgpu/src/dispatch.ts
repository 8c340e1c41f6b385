import type { Derivative, Layout, Loss } from '@focal-loss/core';
import { denominatorKernel } from './denominator.ts';
import { kernelOf, type SharedResources } from './device.ts';
import { kernel } from './kernel.ts';
import type { Chunk, Plan } from './plan.ts';
import { countKernel, examplesKernel, factorKernel, inverseKernel, totalKernel } from './reduce.ts';
import { BINDING, isEach, type KernelSpec, valuesOf } from './spec.ts';
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
  /** 1 / denominator times the scale; where a buffer has a part of that, the rest. */
  readonly inverse: number;
  /** What tells the denominator, where it is not known: the targets and weights, or a buffer. */
  readonly denominator: 'known' | 'counted' | 'given';
  /** Whether a scale lies in a buffer. */
  readonly scaleGiven: boolean;
  /** Whether there is a scale at all. */
  readonly scaled: boolean;
  readonly accumulate: readonly Derivative[];
  /** One weight a class; at a sigmoid α and 1 − α for each. */
  readonly alphas: GPUBuffer | undefined;
}

/** The buffers of a call, from its first entry on. */
export interface Ranges {
  readonly logits: Range;
  readonly targets: Range;
  readonly weights?: Range | undefined;
  /** A denominator, one float32. */
  readonly normalizer?: Range | undefined;
  /** What value and derivatives are multiplied by, one float32. */
  readonly scale?: Range | undefined;
  readonly grad?: Range | undefined;
  /** ∂²/∂logits², float32. */
  readonly hess?: Range | undefined;
  /** One float32 a target for reductions `'none'` and `'example'`, else one, or two: the second is what rounding took from the first. */
  readonly value?: Range | undefined;
}

/** Buffers of a call that are nobody's result. */
export interface Scratch {
  readonly partials: GPUBuffer;
  /** What all is multiplied by, where only the GPU knows it. */
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
    inverse,
  });
}

/** Where entries from `first` on lie in a range, given the bytes of one. */
const part = ({ buffer, offset }: Range, first: number, n: number, bytes: number): Range => ({
  buffer,
  offset: offset + first * bytes,
  // float16: an odd end takes its whole word.
  size: Math.ceil((n * bytes) / 4) * 4,
});

/** One dispatch: the text of its kernel, buffers for all the bindings it may have, and workgroups. */
export interface Step {
  readonly code: string;
  readonly bound: Readonly<Record<number, GPUBindingResource>>;
  readonly groups: number;
}

/** Whether what all is multiplied by lies in a buffer. */
export const isMeasured = ({ denominator, scaleGiven }: Recording): boolean => denominator !== 'known' || scaleGiven;

/**
 * The one dispatch that computes losses and gradient of a chunk.
 *
 * @param first Of the chunk in `ranges`.
 */
export function chunkStep(
  recording: Recording,
  chunk: Chunk,
  ranges: Ranges,
  call: GPUBuffer,
  scratch: Scratch,
  first: number,
): Step {
  const { shared, loss, dtype, classes, plan, wants, weighted, alphas, targets, targetRows, accumulate } = recording;
  const spec: KernelSpec = {
    loss,
    dtype,
    wants,
    weighted,
    measured: isMeasured(recording),
    // What is added up later is added to what is there later, too.
    accumulate: loss.reduction === 'none' ? accumulate : accumulate.filter((part) => part !== 'value'),
    scaled: recording.scaled && isEach(loss),
    lanes: plan.lanes,
    width: plan.width,
    subgroup: shared.subgroup,
    targets,
    targetRows,
    strided: recording.inner > 1,
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
  if (scratch.inverse) bound[BINDING.inverse] = { buffer: scratch.inverse };
  if (wants.includes('grad') && ranges.grad) bound[BINDING.grad] = logits(ranges.grad);
  if (wants.includes('hess') && ranges.hess) bound[BINDING.hess] = part(ranges.hess, first, n, classes * 4);
  const value = valuesOf(spec);
  if (value === 'sums') bound[BINDING.value] = { buffer: scratch.partials };
  if (value === 'each' && ranges.value) bound[BINDING.value] = numbers(ranges.value);
  return { code: kernel(spec), bound, groups };
}

/** Bytes of the targets of one entry. */
const bytesOfTargets = ({ targets, targetRows, classes }: Recording): number =>
  bytesOfTarget(targets) * (targetRows ? classes : 1);

/** The second stage: the sum of all chunks over the denominator, into the first word of `result`. */
export function totalStep(recording: Recording, call: GPUBuffer, { partials, inverse }: Scratch, result: Range): Step {
  const { shared, plan, accumulate } = recording;
  const bound: Record<number, GPUBindingResource> = { 0: { buffer: call }, 1: { buffer: partials }, 2: result };
  if (inverse) bound[BINDING.inverse] = { buffer: inverse };
  const code = totalKernel(plan.partials, shared, isMeasured(recording), accumulate.includes('value'));
  return { code, bound, groups: 1 };
}

/** The sums of the losses of so many examples. */
export function examplesStep(
  { shared, accumulate }: Recording,
  call: GPUBuffer,
  singles: Range,
  value: Range,
  n: number,
): Step {
  const bound = { 0: { buffer: call }, 1: singles, 2: { ...value, size: 4 * n } };
  const code = examplesKernel(shared.subgroup, accumulate.includes('value'));
  return { code, bound, groups: Math.min(n, 16384) };
}

/** The uniform block of {@link examplesStep}. */
export const examplesBlock = (
  { loss, plan }: Recording,
  { examples, perExample }: Pick<Layout, 'examples' | 'perExample'>,
): Uint32Array<ArrayBuffer> =>
  callBlock(loss, { ...NOTHING, n: examples, classes: perExample, partials: plan.partials });

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

/** What counts targets or adds up weights: one dispatch a chunk. */
export function countSteps(
  recording: Recording,
  ranges: Pick<Ranges, 'targets' | 'weights'>,
  calls: readonly GPUBuffer[],
  partials: GPUBuffer,
): Step[] {
  const code = denominatorKernel(recording.loss, recording, recording.shared.subgroup);
  return recording.plan.chunks.map(({ first, n, groups }, i) => {
    const bound: Record<number, GPUBindingResource> = {
      [BINDING.call]: { buffer: calls[i] },
      [BINDING.targets]: part(ranges.targets, first, n, bytesOfTargets(recording)),
      [BINDING.value]: { buffer: partials },
    };
    if (ranges.weights) bound[BINDING.weights] = part(ranges.weights, first, n, 4);
    return { code, bound, groups };
  });
}

/** What finds what all is multiplied by, from targets and weights or from buffers that have it. */
export function factorSteps(
  recording: Recording,
  ranges: Ranges,
  calls: readonly GPUBuffer[],
  { partials, inverse }: { readonly partials: GPUBuffer; readonly inverse: GPUBuffer },
): Step[] {
  const { shared, loss, plan, denominator, scaleGiven } = recording;
  const bound: Record<number, GPUBindingResource> = {
    0: { buffer: calls[calls.length - 1] },
    2: { buffer: inverse },
    ...(ranges.scale && { [BINDING.weights]: { ...ranges.scale, size: 4 } }),
  };
  if (denominator !== 'counted') {
    const code = factorKernel(loss, denominator === 'given', scaleGiven);
    if (ranges.normalizer) bound[1] = { ...ranges.normalizer, size: 4 };
    return [{ code, bound, groups: 1 }];
  }
  bound[1] = { buffer: partials };
  const code = inverseKernel(loss, plan.partials, shared, scaleGiven);
  return [...countSteps(recording, ranges, calls, partials), { code, bound, groups: 1 }];
}

/** The second stage of a count that is a result. */
export const countTotalStep = (
  { shared, plan, accumulate }: Recording,
  call: GPUBuffer,
  partials: GPUBuffer,
  into: Range,
): Step => ({
  code: countKernel(plan.partials, shared, accumulate.includes('value')),
  bound: { 0: { buffer: call }, 1: { buffer: partials }, 2: { ...into, size: 4 } },
  groups: 1,
});

/** A step with its objects made. */
export interface ReadyStep {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly groups: number;
}

/** Binds of what a step has what its kernel declares. */
export function readyStep(shared: SharedResources, { code, bound, groups }: Step): ReadyStep {
  const { label, pipeline, layout, bindings } = kernelOf(shared, code);
  const entries = bindings.map((binding) => ({ binding, resource: bound[binding] }));
  return { pipeline, group: shared.device.createBindGroup({ label, layout, entries }), groups };
}

export function dispatch(pass: GPUComputePassEncoder, { pipeline, group, groups }: ReadyStep): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(groups);
}
