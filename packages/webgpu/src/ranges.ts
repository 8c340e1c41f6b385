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
  const { buffer, offset = 0, size } = isPart ? given : { buffer: given };
  // Buffers are known by what they have: a page and a worker, or two copies of Dawn, have two classes of that name.
  if (typeof buffer?.usage !== 'number' || typeof buffer.size !== 'number') {
    bad(field, given, 'a GPUBuffer, or { buffer, offset, size }');
    return undefined;
  }
  const name = `${field}.buffer`;
  if ((buffer.usage & USAGE.STORAGE) === 0) bad(name, usageNames(buffer.usage), 'a buffer with usage STORAGE');
  if (buffer.mapState !== 'unmapped') bad(name, `a buffer that is ${buffer.mapState}`, 'one that is unmapped');
  const alignment = limits.minStorageBufferOffsetAlignment;
  if (!(Number.isInteger(offset) && offset >= 0 && offset % alignment === 0)) {
    bad(`${field}.offset`, offset, `a multiple of ${alignment}, the device's minStorageBufferOffsetAlignment`);
    return undefined;
  }
  const rest = Math.max(buffer.size - offset, 0);
  const length = size ?? rest - (rest % 4);
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

/** Ranges that are written, each with another that has some of the same bytes. */
export function overlaps(ranges: GivenRanges, needs: Needs): [Field, Field][] {
  const found: [Field, Field][] = [];
  for (const written of WRITTEN) {
    const a = ranges[written];
    if (a === undefined) continue;
    for (const other of FIELDS) {
      // Of two that are written, the first one is told of the other.
      if (other === written) continue;
      const b = ranges[other];
      if (b === undefined || a.buffer !== b.buffer) continue;
      if (WRITTEN.includes(other as never) && FIELDS.indexOf(other) < FIELDS.indexOf(written)) continue;
      if (a.offset < b.offset + needs[other] && b.offset < a.offset + needs[written]) found.push([written, other]);
    }
  }
  return found;
}
