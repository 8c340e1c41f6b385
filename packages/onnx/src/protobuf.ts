/**
 * As much of protocol buffers as writing takes: a message is its fields one after the other, each a number and content.
 *
 * @module
 */

/** A piece of a message, in memory that nobody shares. By a function that makes one: before TypeScript 5.7 the type takes no argument. */
export type Bytes = ReturnType<Uint8ArrayConstructor['of']>;

/** Pieces one after the other. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
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
export function message(field: number, ...parts: readonly Uint8Array[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const head = [...varint(field * 8 + 2), ...varint(length)];
  const all = new Uint8Array(head.length + length);
  all.set(head);
  let at = head.length;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A field that is text. */
export function text(field: number, value: string): Bytes {
  if (field >= 16 || value.length >= 128) return message(field, new TextEncoder().encode(value));
  // A name: mostly short, of letters that are a byte each. There are thousands of them in a model.
  const bytes = new Uint8Array(2 + value.length);
  bytes[0] = field * 8 + 2;
  bytes[1] = value.length;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code > 127) return message(field, new TextEncoder().encode(value));
    bytes[2 + i] = code;
  }
  return bytes;
}

/** A field that repeats, once for each item. */
export const each = <T>(items: readonly T[], write: (item: T) => Bytes): Bytes => concat(...items.map(write));
