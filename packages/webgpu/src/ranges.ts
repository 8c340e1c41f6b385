import { USAGE, usageNames } from './buffers.ts';
import type { Range } from './dispatch.ts';
import type { Capacity } from './plan.ts';

/** A buffer of the user's, or a part of one. Offsets are multiples of the device's `minStorageBufferOffsetAlignment`. */
export type BufferRange = GPUBuffer | { readonly buffer: GPUBuffer; readonly offset?: number; readonly size?: number };

/** The buffers of a call; those from `grad` on are written. */
export const FIELDS = ['logits', 'targets', 'weights', 'normalizer', 'scale', 'grad', 'hess', 'value'] as const;
export type Field = (typeof FIELDS)[number];
const WRITTEN = ['grad', 'hess', 'value'] as const;

/** Where the buffers of a call lie. */
export type GivenRanges = { [field in Field]?: Range | undefined };

/** How many bytes of each a call takes. */
export type Needs = Readonly<Record<Field, number>>;

/**
 * A buffer, or the part of one that is meant.
 *
 * @param bad Told what will not do; what is not returned has been.
 */
export function rangeOf(
  field: string,
  given: BufferRange | undefined,
  { limits }: Capacity,
  bad: (field: string, got: unknown, takes: string) => void,
): Range | undefined {
  const isPart = typeof given === 'object' && given !== null && 'buffer' in given;
  const { buffer, offset = 0, size, ...others } = isPart ? { ...given } : { buffer: given };
  // Buffers are known by what they have: a page and a worker, or two copies of Dawn, have two classes of that name.
  if (typeof buffer?.usage !== 'number' || typeof buffer.size !== 'number') {
    bad(field, given, 'a GPUBuffer, or { buffer, offset, size }');
    return undefined;
  }
  for (const name in others)
    bad(`${field}.${name}`, others[name as never], 'nothing: a range has buffer, offset and size');
  const name = `${field}.buffer`;
  if ((buffer.usage & USAGE.STORAGE) === 0) bad(name, usageNames(buffer.usage), 'a buffer with usage STORAGE');
  if (buffer.mapState !== 'unmapped') bad(name, `a buffer that is ${buffer.mapState}`, 'one that is unmapped');
  const alignment = limits.minStorageBufferOffsetAlignment;
  if (!(Number.isInteger(offset) && offset >= 0 && offset % alignment === 0)) {
    bad(`${field}.offset`, offset, `a multiple of ${alignment}, the device's minStorageBufferOffsetAlignment`);
    return undefined;
  }
  const rest = buffer.size - offset;
  if (rest < 0) {
    bad(`${field}.offset`, offset, `a place in the buffer, which has ${buffer.size} bytes`);
    return undefined;
  }
  const length = size === undefined ? rest - (rest % 4) : size;
  if (!(Number.isInteger(length) && length >= 0 && length % 4 === 0 && length <= rest)) {
    bad(`${field}.size`, length, `a multiple of 4 up to the ${rest} bytes after the offset`);
    return undefined;
  }
  return { buffer, offset, size: length };
}

/** Ranges that have fewer bytes than they need, in whole words. */
export function tooShort(ranges: GivenRanges, needs: Needs): [Field, Range, number][] {
  const found: [Field, Range, number][] = [];
  for (const field of FIELDS) {
    const range = ranges[field];
    const need = Math.ceil(needs[field] / 4) * 4;
    if (range && range.size < need) found.push([field, range, need]);
  }
  return found;
}

/** What is wrong about a range that is written beside another. */
interface Collision {
  readonly written: Field;
  readonly got: string;
  readonly takes: string;
}

/** Read where derivatives are written, and losses that are wanted one by one. */
const READ_WITH: readonly Field[] = ['logits', 'targets', 'weights'];

/**
 * Ranges that are written and have bytes of another, or lie in a buffer that the same dispatch reads, which WebGPU takes of no part of
 * it: all that is submitted with it would fail.
 *
 * @param each Whether losses are written one by one, where logits are read.
 */
export function collisions(ranges: GivenRanges, needs: Needs, each: boolean): Collision[] {
  const found: Collision[] = [];
  for (const written of WRITTEN) {
    const a = ranges[written];
    if (a === undefined) continue;
    for (const other of FIELDS) {
      const b = ranges[other];
      if (other === written || b === undefined || a.buffer !== b.buffer) continue;
      // Of two that are written, the first one is told of the other.
      if (WRITTEN.includes(other as never) && FIELDS.indexOf(other) < FIELDS.indexOf(written)) continue;
      if (a.offset < b.offset + needs[other] && b.offset < a.offset + needs[written]) {
        found.push({ written, got: `memory that overlaps ${other}`, takes: 'memory of its own' });
      } else if (READ_WITH.includes(other) && (written !== 'value' || each)) {
        const takes = 'another buffer: WebGPU takes none that a dispatch reads and writes, not even in two parts';
        found.push({ written, got: `a part of the buffer of ${other}`, takes });
      }
    }
  }
  return found;
}
