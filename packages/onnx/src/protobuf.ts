/**
 * As much of protocol buffers as writing takes: a message is its fields one after the other, each a number and content.
 *
 * @module
 */

/** A piece of a message, in memory that nobody shares. By a function that makes one: before TypeScript 5.7 the type takes no argument. */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>;

/** Pieces one after the other. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A whole number ≥ 0, seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

/** A field that is a whole number ≥ 0. */
export const integer = (field: number, value: number): Bytes =>
  Uint8Array.from([...varint(field * 8), ...varint(value)]);

/** A field that is a float32. */
export const float = (field: number, value: number): Bytes =>
  concat(Uint8Array.from(varint(field * 8 + 5)), new Uint8Array(Float32Array.of(value).buffer));

/** A field that is a message, or any bytes. */
export const message = (field: number, ...parts: readonly Uint8Array[]): Bytes => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concat(Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]), ...parts);
};

/** A field that is text. */
export const text = (field: number, value: string): Bytes => message(field, new TextEncoder().encode(value));

/** A field that repeats, once for each item. */
export const each = <T>(items: readonly T[], write: (item: T) => Bytes): Bytes => concat(...items.map(write));
