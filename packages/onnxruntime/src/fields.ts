/**
 * As much of protocol buffers as looking takes: where the fields of a message begin and end. What is not asked for is
 * stepped over, and of a file never read.
 *
 * @module
 */

/** A model to read in places: a file that is too large for memory, say. */
export interface ModelSource {
  /** How many bytes there are. */
  readonly length: number;
  /** The bytes from one place to before another. They are not written to, and have to stay as they are. */
  readonly read: (from: number, to: number) => Uint8Array;
}

/** A part of a model. */
export interface Span {
  readonly source: ModelSource;
  readonly from: number;
  readonly to: number;
}

/** One field of a message: a number, or the content of anything longer. */
export interface Field {
  readonly number: number;
  readonly value: number;
  readonly content: Span | undefined;
  /** The field as a whole, with its number. */
  readonly whole: Span;
}

/** Why bytes are no model. */
export class NotAModel extends Error {}

/** Bytes that are in memory already. */
export const sourceOf = (bytes: Uint8Array): ModelSource => ({
  length: bytes.length,
  read: (from, to) => bytes.subarray(from, to),
});

/** A source from its beginning to its end. */
export const wholeOf = (source: ModelSource): Span => ({ source, from: 0, to: source.length });

/** What is read at a time, for the sake of numbers and lengths. Most messages of a model are smaller. */
const AHEAD = 512;

/** The fields of a message, in order. */
export function* fields({ source, from, to }: Span): Generator<Field> {
  let at = from;
  let near: { from: number; bytes: Uint8Array } = { from, bytes: new Uint8Array() };
  const varint = () => {
    let value = 0;
    // Of a negative number, which takes all 64 bits: doubles would round them.
    let low = 0;
    for (let place = 0; ; place++) {
      if (at >= to || place > 9) throw new NotAModel('bytes that end in the middle of a number');
      if (at - near.from >= near.bytes.length) near = { from: at, bytes: source.read(at, Math.min(to, at + AHEAD)) };
      const byte = near.bytes[at++ - near.from];
      value += (byte & 127) * 128 ** place;
      if (place < 5) low |= (byte & 127) << (7 * place);
      if (byte < 128) return value < 2 ** 63 ? value : low;
    }
  };
  while (at < to) {
    const start = at;
    const key = varint();
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (number < 1 || (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)) {
      throw new NotAModel('bytes that are no protocol buffer');
    }
    if (wire === 0) {
      const value = varint();
      yield { number, value, content: undefined, whole: { source, from: start, to: at } };
      continue;
    }
    const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
    if (length < 0 || at + length > to) {
      throw new NotAModel(`bytes cut off: a field announces ${length} bytes, ${to - at} follow`);
    }
    const content = { source, from: at, to: at + length };
    at += length;
    yield { number, value: 0, content, whole: { source, from: start, to: at } };
  }
}

/** What a field has to have that is longer than a number. */
export function spanOf(content: Span | undefined): Span {
  if (content === undefined) throw new NotAModel('a number where a message is expected');
  return content;
}

/** The first field of a number, if it is there. */
export function contentOf(message: Span, wanted: number): Span | undefined {
  for (const { number, content } of fields(message)) if (number === wanted) return spanOf(content);
  return undefined;
}

const decoder = new TextDecoder();

export const bytesOf = ({ source, from, to }: Span): Uint8Array => source.read(from, to);
export const decode = (content: Span | undefined): string => decoder.decode(bytesOf(spanOf(content)));
export const textOf = (message: Span, wanted: number): string => {
  const content = contentOf(message, wanted);
  return content === undefined ? '' : decode(content);
};
