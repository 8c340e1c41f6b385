import { fromBinary } from '@bufbuild/protobuf';
import { type Loss, reference, sigmoidFocal, softmaxFocal } from '@focal-loss/core';
import { concat, integer, message } from '@focal-loss/onnx';
import { GraphProtoSchema, ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { appendLoss, appendPosterior, lossPieces, posteriorPieces } from '../src/index.ts';
import { affineModel } from './affineModel.ts';
import { float32, run, session, waves } from './ready.ts';

const none = sigmoidFocal({ reduction: 'none' });

/** The fields of a message as a decoder sees them that was written by hand: number, content, and all of it. */
function fieldsOf(bytes: Uint8Array) {
  let at = 0;
  const varint = () => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const found: { number: number; content: Uint8Array; whole: Uint8Array }[] = [];
  while (at < bytes.length) {
    const start = at;
    const key = varint();
    const length = varint();
    const from = at;
    // No model has fields of 32 or 64 bits at the top, nor a graph.
    if (key % 8 === 2) at += length;
    found.push({ number: Math.floor(key / 8), content: bytes.subarray(from, at), whole: bytes.subarray(start, at) });
  }
  return found;
}

/** The graph for readers that replace a field by the next of the same number, as Netron does. */
const replacing = (model: Uint8Array) => {
  const { content } = fieldsOf(model).findLast(({ number }) => number === 7) ?? { content: new Uint8Array() };
  return fromBinary(GraphProtoSchema, content);
};

/** The model with its top-level fields in another order. */
const reordered = (model: Uint8Array, order: (numbers: readonly number[]) => readonly number[]) => {
  const parts = fieldsOf(model);
  return concat(...order(parts.map((_, i) => i)).map((i) => parts[i].whole));
};

/** The graph in two fields: nodes and what else there is, then inputs and outputs, or weights. */
const torn = (model: Uint8Array, second: readonly number[]) => {
  const parts = fieldsOf(model);
  const graph = fieldsOf(parts.find(({ number }) => number === 7)?.content ?? new Uint8Array());
  const half = (is: boolean) => graph.filter(({ number }) => second.includes(number) === is).map(({ whole }) => whole);
  return concat(
    ...parts.map(({ number, whole }) => (number === 7 ? message(7, ...half(false)) : whole)),
    message(7, ...half(true)),
  );
};

const models: [string, Uint8Array][] = [
  ['as an encoder writes it', affineModel({})],
  ['with the graph first', reordered(affineModel({}), (all) => all.toReversed())],
  ['with the graph in the middle', reordered(affineModel({}), ([a, b, ...rest]) => [rest[0], a, ...rest.slice(1), b])],
  ['of two graph fields', torn(affineModel({}), [11, 12])],
  ['of two graph fields, weights in the second', torn(affineModel({}), [5])],
  ['of an older version of the format', affineModel({ opset: 13, irVersion: 7 })],
];

describe.each(models)('a model %s', (_, model) => {
  const spliced = appendLoss(model, none, { logits: 'scores', grad: true });

  it('has one graph, of which readers that replace fields see all', () => {
    expect(fieldsOf(spliced).filter(({ number }) => number === 7)).toHaveLength(1);
    const graph = replacing(spliced);
    expect(graph.initializer.map(({ name }) => name)).toEqual(['slope', 'offset']);
    expect(graph.node.slice(0, 2).map(({ name }) => name)).toEqual(['scale', 'shift']);
    expect(graph.node.some(({ opType }) => opType === 'SigmoidFocal')).toBe(true);
    expect(graph.input.map(({ name }) => name)).toEqual(['x', 'targets']);
    expect(graph.output.map(({ name }) => name)).toEqual(['scores', 'loss', 'grad']);
    expect(graph).toEqual(fromBinary(ModelProtoSchema, spliced).graph);
  });

  it('keeps every other field, byte for byte and in its place', () => {
    const others = (bytes: Uint8Array) => fieldsOf(bytes).filter(({ number }) => number !== 7 && number !== 1);
    const [before, after] = [others(model), others(spliced)];
    expect(after.slice(0, before.length).map(({ whole }) => whole)).toEqual(before.map(({ whole }) => whole));
    expect(after.slice(before.length).map(({ number }) => number)).toEqual([8, 25, 25]);
    const order = (bytes: Uint8Array) => [...new Set(fieldsOf(bytes).map(({ number }) => number))];
    expect(order(spliced).slice(0, order(model).length)).toEqual(order(model));
    expect(fieldsOf(spliced).filter(({ number }) => number === 1)).toHaveLength(1);
    expect(fromBinary(ModelProtoSchema, spliced).irVersion).toBe(8n);
  });

  it('computes what it did, bit by bit, and the loss', async () => {
    const x = float32(waves(30), [10, 3]);
    const targets = waves(30).map((one) => Number(one > 0));
    const before = await run(model, { x });
    const after = await run(spliced, { x, targets: float32(targets, [10, 3]) });
    expect(after.scores).toEqual(before.scores);
    const truth = reference(none).value(after.scores, targets) as Float64Array;
    expect(after.loss).toEqual(Array.from(truth, (one) => expect.closeTo(one, 6)));
  });

  it('takes a second loss and a posterior, in one graph still', async () => {
    const names = { targets: 'classes', value: 'second' };
    const twice = appendLoss(spliced, softmaxFocal(), { logits: 'scores', names });
    const all = appendPosterior(twice, none, { logits: 'scores' });
    expect(fieldsOf(all).filter(({ number }) => number === 7)).toHaveLength(1);
    const opened = await session(all);
    expect(opened.outputNames).toEqual(['scores', 'loss', 'grad', 'second', 'posterior']);
    await opened.release();
  });
});

describe('pieces', () => {
  /** A model with weights of any size that are never in memory: zeros, told from what was read of them. */
  const large = (size: number) => {
    const parts = fieldsOf(affineModel({}));
    const at = parts.findIndex(({ number }) => number === 7);
    const header = (field: number, length: number) => {
      const bytes = integer(field, length);
      bytes[0] += 2;
      return bytes;
    };
    const own = parts[at].content;
    const raw = header(9, size);
    const tensor = concat(header(5, raw.length + size), raw);
    const head = concat(
      ...parts.slice(0, at).map(({ whole }) => whole),
      header(7, own.length + tensor.length + size),
      own,
      tensor,
    );
    const tail = concat(...parts.slice(at + 1).map(({ whole }) => whole));
    const reads = { bytes: 0, most: 0 };
    const read = (from: number, to: number) => {
      reads.bytes += to - from;
      reads.most = Math.max(reads.most, to - from);
      const bytes = new Uint8Array(to - from);
      const put = (part: Uint8Array, place: number) => {
        const [a, b] = [Math.max(from, place), Math.min(to, place + part.length)];
        if (a < b) bytes.set(part.subarray(a - place, b - place), a - from);
      };
      put(head, 0);
      put(tail, head.length + size);
      return bytes;
    };
    return { source: { length: head.length + size + tail.length, read }, reads };
  };

  it('are the bytes of the whole', () => {
    const model = affineModel({});
    const whole = (pieces: Iterable<Uint8Array>) => concat(...pieces);
    expect(whole(lossPieces(model, none, { logits: 'scores' }))).toEqual(appendLoss(model, none, { logits: 'scores' }));
    expect(whole(posteriorPieces(model, none, { logits: 'scores' }))).toEqual(
      appendPosterior(model, none, { logits: 'scores' }),
    );
    const { source } = large(5_000_000);
    const all = source.read(0, source.length);
    // Not toEqual, which takes 20 s for 5 MB.
    const appended = appendLoss(all, none, { logits: 'scores' });
    expect(Buffer.compare(whole(lossPieces(source, none, { logits: 'scores' })), appended)).toBe(0);
  });

  it('of a model of 2 GB: names are read at once, and a megabyte at a time while they are taken', () => {
    const { source, reads } = large(2_000_000_000);
    const pieces = lossPieces(source, none, { logits: 'scores' })[Symbol.iterator]();
    let first = 0;
    for (let i = 0; i < 20; i++) first += pieces.next().value?.length ?? 0;
    expect(reads.bytes).toBeLessThan(first + 20_000);
    expect(reads.most).toBe(2 ** 20);
  });

  it('are refused before the first of them', () => {
    const { source } = large(2 ** 31 - 1000);
    expect(() => lossPieces(source, none, { logits: 'scores' })).toThrow(
      /^appendLoss sigmoidFocal: model got "214748\d{4} bytes", takes one that is below 2 GiB/,
    );
    expect(() => lossPieces({ length: 3 } as never, none, { logits: 'scores' })).toThrow(/model got an object/);
    expect(() => posteriorPieces(source, none as Loss, { logits: 'score' })).toThrow(/similar: "scores"/);
  });
});
