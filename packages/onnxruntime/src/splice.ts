import { type Bytes, concat, integer } from '@focal-loss/onnx';
import { bytesOf, type Span } from './fields.ts';
import type { Scan } from './scan.ts';

/** A piece of a model: new bytes, or a part of the model that was there. */
export type Piece = Uint8Array | Span;

/** What a model gets. */
export interface Addition {
  /** Fields of a GraphProto. */
  readonly graph: Uint8Array;
  /** Fields of a ModelProto that repeat: opsets, functions. */
  readonly model: Uint8Array;
  /** The least version of the format they take. */
  readonly irVersion: number;
}

/**
 * A model with what is added to it: one graph, in which the new nodes stand behind those there were, and every other
 * field as it was, in its place. Two fields `graph` would be a model as well, for readers that merge them, as those do
 * that Google's compiler writes; Netron and others take the last one alone.
 */
export function splice({ parts, irVersion }: Scan, { graph, model, irVersion: least }: Addition): Piece[] {
  const graphs = parts.flatMap(({ number, content }) => (number === 7 && content ? [content] : []));
  const body = [...graphs, graph];
  const header = integer(
    7,
    body.reduce((sum, piece) => sum + lengthOf(piece), 0),
  );
  // A length is written as a number is; only the field says what follows.
  header[0] += 2;
  const spliced = parts.flatMap(({ number, content, whole }): Piece[] => {
    if (number === 1 && irVersion < least) return [integer(1, least)];
    if (number !== 7) return [whole];
    return content === graphs[0] ? [header, ...body] : [];
  });
  return [...spliced, model];
}

export const lengthOf = (piece: Piece): number => (piece instanceof Uint8Array ? piece.length : piece.to - piece.from);

/** All pieces in memory. */
export const joined = (pieces: readonly Piece[]): Bytes =>
  concat(...pieces.map((piece) => (piece instanceof Uint8Array ? piece : bytesOf(piece))));

/** What is read of a file at a time. */
const CHUNK = 2 ** 20;

/** The bytes of all pieces one after the other, read when they are asked for. */
export function* chunks(pieces: readonly Piece[]): Generator<Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      yield piece;
      continue;
    }
    for (let at = piece.from; at < piece.to; at += CHUNK) {
      yield piece.source.read(at, Math.min(piece.to, at + CHUNK));
    }
  }
}
