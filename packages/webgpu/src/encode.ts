import { denominator, FocalLossError, type Loss, type Problem } from '@focal-loss/core';
import { USAGE, usageNames } from './buffers.ts';
import type { Shared } from './device.ts';
import {
  blockOf,
  type Job,
  PARTIAL,
  type Range,
  type Ranges,
  recordChunk,
  recordDenominator,
  recordTotal,
} from './dispatch.ts';
import { plan } from './plan.ts';
import { isMeasured } from './reduce.ts';
import { bytesOf, type Dtype } from './storage.ts';

/** A buffer of the user's, or a part of one. Offsets are multiples of the device's `minStorageBufferOffsetAlignment`. */
export type BufferRange = GPUBuffer | { readonly buffer: GPUBuffer; readonly offset?: number; readonly size?: number };

/** What {@link WebGpuLoss.encode} reads and writes. All buffers have usage STORAGE; none overlaps one that is written. */
export interface EncodeOptions {
  /** Logits in the dtype of the compiled loss. */
  readonly logits: BufferRange;
  /** float32. Sigmoid: one in [0, 1] a logit. Softmax: one class index a row. */
  readonly targets: BufferRange;
  /** float32, one finite weight ≥ 0 a target. */
  readonly weights?: BufferRange | undefined;
  /** Receives ∂(reduced value)/∂logits, in the dtype of the logits. */
  readonly grad?: BufferRange | undefined;
  /** Receives the reduced value, one float32; for reduction `'none'` one a target. */
  readonly value?: BufferRange | undefined;
  /**
   * Of the logits. Softmax losses need it: [rows, classes]. For a sigmoid loss the default is all of `logits`. Buffers may
   * be longer than it says.
   */
  readonly shape?: readonly number[] | undefined;
  /** A denominator for reduction `'mean'` instead of the loss's own. */
  readonly normalizer?: number | undefined;
}

const FIELDS = ['logits', 'targets', 'weights', 'grad', 'value'] as const;
type Field = (typeof FIELDS)[number];
const OPTIONS: readonly string[] = [...FIELDS, 'shape', 'normalizer'];

/**
 * Records a loss into a user's encoder: one dispatch that writes losses and gradient, the second stage of the sum, and
 * before them two of the denominator where only targets or weights tell it.
 */
export function encode(
  shared: Shared,
  loss: Loss,
  dtype: Dtype,
  alphas: GPUBuffer | undefined,
  encoder: GPUCommandEncoder,
  options: EncodeOptions,
): void {
  const { ranges, rows, classes } = check(shared, loss, dtype, options);
  const { normalizer } = options;
  const weighted = ranges.weights !== undefined;
  const override = normalizer === undefined ? undefined : denominator(loss, NOTHING, normalizer);
  const divide = override ?? (isMeasured(loss, weighted) ? undefined : loss.reduction === 'mean' ? rows : 1);
  const inverse = divide === undefined ? undefined : divide === 0 ? 0 : 1 / divide;
  const cut = plan(loss, { rows, classes }, dtype, shared.device);
  const value = ranges.value === undefined ? 'none' : loss.reduction === 'none' ? 'each' : 'sums';
  const grad = ranges.grad !== undefined;
  const job: Job = { shared, loss, dtype, classes, plan: cut, grad, value, weighted, inverse, alphas };

  const { blocks, scratch } = shared;
  // Nothing at all still has a sum, which is 0.
  const chunks = cut.chunks.length > 0 ? cut.chunks : [{ first: 0, n: 0, groups: 0, firstPartial: 0 }];
  const calls = chunks.map((chunk) => blocks.get(blockOf(job, chunk)));
  const partials = scratch.get('partials', Math.max(cut.partials, 1) * PARTIAL);
  const pass = encoder.beginComputePass({ label: loss.name });
  const inverseBuffer = inverse === undefined && rows > 0 ? scratch.get('inverse', 4) : undefined;
  if (inverseBuffer) recordDenominator(pass, job, ranges, calls, { partials, inverse: inverseBuffer });
  cut.chunks.forEach((chunk, i) => {
    recordChunk(pass, job, chunk, ranges, calls[i], { partials, inverse: inverseBuffer }, chunk.first);
  });
  if (value === 'sums' && ranges.value) {
    recordTotal(pass, job, calls[calls.length - 1], partials, { ...ranges.value, size: 4 });
  }
  pass.end();
}

const NOTHING = { count: 0, positives: 0, weights: 0 };

interface Checked {
  readonly ranges: Ranges;
  readonly rows: number;
  readonly classes: number;
}

/** @throws {@link FocalLossError} naming each buffer that will not do, and why. */
function check({ device }: Shared, loss: Loss, dtype: Dtype, options: EncodeOptions): Checked {
  const problems: Problem[] = [];
  const bad = (field: string, got: unknown, takes: string) => problems.push({ field, got, takes });
  for (const [field, got] of Object.entries(options)) {
    if (!OPTIONS.includes(field)) bad(field, got, `nothing: the options are ${OPTIONS.join(', ')}`);
  }
  const { shape } = options;
  const softmax = loss.link === 'softmax';
  const isShape = shape?.every((size) => Number.isInteger(size) && size >= 0) ?? !softmax;
  if (!isShape || (softmax && (shape?.length !== 2 || shape[1] < 2))) {
    bad('shape', shape, softmax ? '[rows, classes] with at least 2 classes' : 'an array of sizes');
  }
  if (options.value === undefined && options.grad === undefined) {
    bad('value', undefined, 'a buffer, unless grad is one: else there is nothing to do');
  }
  const ranges: Partial<Record<Field, Range>> = {};
  for (const field of FIELDS) {
    const given = options[field];
    if (given === undefined && field !== 'logits' && field !== 'targets') continue;
    const range = rangeOf(field, given, device, bad);
    if (range !== undefined) ranges[field] = range;
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);

  const { logits } = ranges as { logits: Range };
  const bytes = bytesOf(dtype);
  const classes = softmax && shape ? shape[1] : 1;
  const rows = shape ? (softmax ? shape[0] : shape.reduce((product, size) => product * size, 1)) : logits.size / bytes;
  const needs: Record<Field, number> = {
    logits: rows * classes * bytes,
    targets: rows * 4,
    weights: rows * 4,
    grad: rows * classes * bytes,
    value: loss.reduction === 'none' ? rows * 4 : 4,
  };
  for (const field of FIELDS) {
    const range = ranges[field];
    const need = Math.ceil(needs[field] / 4) * 4;
    if (range && range.size < need) bad(field, `${range.size} bytes`, `${need} bytes or more`);
  }
  if (Array.isArray(loss.alpha) && loss.alpha.length !== classes) {
    bad('alpha', loss.alpha, `one weight for each of the ${classes} classes`);
  }
  for (const written of ['grad', 'value'] as const) {
    for (const other of FIELDS) {
      if (other === written || (written === 'value' && other === 'grad')) continue;
      const [a, b] = [ranges[written], ranges[other]];
      const [aEnd, bEnd] = [(a?.offset ?? 0) + needs[written], (b?.offset ?? 0) + needs[other]];
      if (a && b && a.buffer === b.buffer && a.offset < bEnd && b.offset < aEnd) {
        bad(written, `a part of the buffer that ${other} lies in`, 'a part of its own');
      }
    }
  }
  if (problems.length > 0) throw new FocalLossError(loss.name, problems);
  return { ranges: ranges as Ranges, rows, classes };
}

function rangeOf(
  field: Field,
  given: BufferRange | undefined,
  device: GPUDevice,
  bad: (field: string, got: unknown, takes: string) => void,
): Range | undefined {
  const { buffer, offset = 0, size } = given !== undefined && 'buffer' in given ? given : { buffer: given };
  // Buffers are known by what they have: a page and a worker, or two copies of Dawn, have two classes of that name.
  if (typeof buffer?.usage !== 'number' || typeof buffer.size !== 'number') {
    bad(field, given, 'a GPUBuffer, or { buffer, offset, size }');
    return undefined;
  }
  const name = `${field}.buffer`;
  if ((buffer.usage & USAGE.STORAGE) === 0) bad(name, usageNames(buffer.usage), 'a buffer with usage STORAGE');
  if (buffer.mapState !== 'unmapped') bad(name, `a buffer that is ${buffer.mapState}`, 'one that is unmapped');
  const alignment = device.limits.minStorageBufferOffsetAlignment;
  if (!(Number.isInteger(offset) && offset >= 0 && offset % alignment === 0)) {
    bad(`${field}.offset`, offset, `a multiple of ${alignment}, the device's minStorageBufferOffsetAlignment`);
    return undefined;
  }
  const rest = Math.max(buffer.size - offset, 0);
  const length = size ?? rest - (rest % 4);
  if (!(Number.isInteger(length) && length >= 0 && length % 4 === 0 && length <= rest)) {
    bad(`${field}.size`, length, `a multiple of 4 up to the ${rest} bytes behind the offset`);
    return undefined;
  }
  return { buffer, offset, size: length };
}
