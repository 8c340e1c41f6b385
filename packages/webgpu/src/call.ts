import {
  alphaProblems,
  type CallOptions,
  type Checks,
  checkOptions,
  denominator,
  FocalLossError,
  isShape,
  knownDenominator,
  type Layout,
  type Loss,
  layout,
  type Problem,
  tally,
} from '@focal-loss/core';
import { USAGE, usageNames } from './buffers.ts';
import type { SharedResources } from './device.ts';
import type { Range, Ranges } from './dispatch.ts';
import { bytesOf, type Dtype } from './storage.ts';

/** A call with arrays that has been looked at. */
export interface CheckedArrays extends Layout {
  readonly weights: ArrayLike<number> | undefined;
  /** 1 / denominator; 0 if there is nothing to divide by. */
  readonly inverse: number;
}

/**
 * Looks at a call with arrays, every number in them too, but those of logits that are numbers by their type.
 *
 * @throws {@link FocalLossError} naming each argument, its length and what was expected, or the index of a bad number.
 */
export function checkArrays(
  loss: Loss,
  logits: ArrayLike<number>,
  targets: ArrayLike<number>,
  call: CallOptions,
): CheckedArrays {
  const { rows, classes } = layout(loss, logits, targets, call);
  const { weights, normalizer } = call;
  checkNumbers(loss, logits);
  const totals = { count: 0, positives: 0, weights: 0 };
  tally(loss, totals, rows, targets, weights, classes);
  const divide = denominator(loss, totals, normalizer);
  return { rows, classes, weights, inverse: divide === 0 ? 0 : 1 / divide };
}

/** Logits are numbers, and nothing that `Float32Array` would make some of. */
function checkNumbers({ name }: Loss, logits: ArrayLike<unknown>): void {
  const field = 'logits';
  if (logits instanceof BigInt64Array || logits instanceof BigUint64Array) {
    throw new FocalLossError(name, [{ field, got: logits, takes: 'an array of numbers' }]);
  }
  if (!Array.isArray(logits)) return;
  const index = logits.findIndex((entry) => typeof entry !== 'number');
  if (index >= 0) throw new FocalLossError(name, [{ field, index, got: logits[index], takes: 'a number' }]);
}

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

/** They are looked at together with the buffers. */
const anything = { takes: '', accepts: () => true };
const OPTIONS: Checks = Object.fromEntries([...FIELDS, 'shape', 'normalizer'].map((field) => [field, anything]));

/** A call with buffers that has been looked at. */
export interface CheckedBuffers extends Layout {
  readonly ranges: Ranges;
  /** Undefined where only the GPU will know it. */
  readonly denominator: number | undefined;
}

/** @throws {@link FocalLossError} naming each buffer that will not do, and why. */
export function checkBuffers(
  { device }: SharedResources,
  loss: Loss,
  dtype: Dtype,
  encoder: unknown,
  given: EncodeOptions,
): CheckedBuffers {
  const problems: Problem[] = [];
  const bad = (field: string, got: unknown, takes: string) => problems.push({ field, got, takes });
  if (typeof (encoder as Partial<GPUCommandEncoder> | undefined)?.beginComputePass !== 'function') {
    bad('encoder', encoder, 'a GPUCommandEncoder');
  }
  const options = checkOptions(loss.name, given, OPTIONS, problems) as unknown as EncodeOptions;
  const { shape, normalizer } = options;
  const softmax = loss.link === 'softmax';
  if (!(shape === undefined ? !softmax : isShape(shape)) || (softmax && (shape?.length !== 2 || shape[1] < 2))) {
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
  problems.push(...alphaProblems(loss, classes));
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
  const weighted = ranges.weights !== undefined;
  const denominator = knownDenominator(loss, rows, weighted, normalizer);
  return { ranges: ranges as Ranges, rows, classes, denominator };
}

function rangeOf(
  field: Field,
  given: BufferRange | undefined,
  device: GPUDevice,
  bad: (field: string, got: unknown, takes: string) => void,
): Range | undefined {
  const isPart = typeof given === 'object' && given !== null && 'buffer' in given;
  const { buffer, offset = 0, size } = isPart ? given : { buffer: given };
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
