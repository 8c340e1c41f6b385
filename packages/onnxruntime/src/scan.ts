/**
 * A shallow look at an ONNX model: what names there are in its graph, and in which versions it is written. Numbers are
 * stepped over, however many there are.
 *
 * @module
 */

/** Why bytes are no model. */
export class NotAModel extends Error {}

/** What is said of a value in the graph. */
export interface TypeInfo {
  /** TensorProto's number for the format, 0 if it is no tensor. */
  readonly element: number;
  /** Sizes, names, or undefined for a dimension nothing is known of; undefined as a whole if the rank is not known. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** What {@link scan} finds. */
export interface Scan {
  irVersion: number;
  /** Domain → version. */
  readonly opsets: Map<string, number>;
  /** All names of values and nodes in the graph. */
  readonly names: Set<string>;
  /** Values, by name, and what is said of them if anything. */
  readonly values: Map<string, TypeInfo | undefined>;
  readonly inputs: string[];
  readonly outputs: string[];
  /** `domain::name` of the functions, and their bytes. */
  readonly functions: Map<string, Uint8Array>;
}

/** One field of a message: a number, or the content of anything longer. */
interface Field {
  readonly number: number;
  readonly value: number;
  readonly content: Uint8Array | undefined;
}

/**
 * Reads what a model says of itself.
 *
 * @throws {@link NotAModel} if the bytes end too early, or are something else.
 */
export function scan(model: Uint8Array): Scan {
  const found: Scan = {
    irVersion: 0,
    opsets: new Map(),
    names: new Set(),
    values: new Map(),
    inputs: [],
    outputs: [],
    functions: new Map(),
  };
  let graphs = 0;
  for (const { number, value, content } of fields(model)) {
    if (number === 1) found.irVersion = value;
    else if (number === 7) {
      graphs++;
      scanGraph(bytes(content), found);
    } else if (number === 8) {
      const [domain, version] = opset(bytes(content));
      found.opsets.set(domain, version);
    } else if (number === 25) {
      const definition = bytes(content);
      found.functions.set(`${textOf(definition, 10)}::${textOf(definition, 1)}`, definition);
    }
  }
  if (graphs === 0 || found.irVersion === 0) throw new NotAModel('bytes without a graph');
  return found;
}

function scanGraph(graph: Uint8Array, found: Scan): void {
  const declare = (name: string, type?: TypeInfo) => {
    found.names.add(name);
    found.values.set(name, type ?? found.values.get(name));
  };
  for (const { number, content } of fields(graph)) {
    if (number === 1) {
      for (const field of fields(bytes(content))) {
        if (field.number === 2) declare(decode(field.content));
        if (field.number === 3) found.names.add(decode(field.content));
      }
    } else if (number === 5) declare(textOf(bytes(content), 8));
    else if (number === 11 || number === 12 || number === 13) {
      const name = textOf(bytes(content), 1);
      declare(name, typeOf(bytes(content)));
      if (number === 11) found.inputs.push(name);
      if (number === 12) found.outputs.push(name);
    }
  }
}

function opset(message: Uint8Array): [string, number] {
  let domain = '';
  let version = 0;
  for (const { number, value, content } of fields(message)) {
    if (number === 1) domain = decode(content);
    if (number === 2) version = value;
  }
  return [domain === 'ai.onnx' ? '' : domain, version];
}

/** The tensor type in a ValueInfoProto. */
function typeOf(valueInfo: Uint8Array): TypeInfo | undefined {
  const type = contentOf(valueInfo, 2);
  const tensor = type && contentOf(type, 1);
  if (tensor === undefined) return type === undefined ? undefined : { element: 0, shape: undefined };
  const element = [...fields(tensor)].find(({ number }) => number === 1)?.value ?? 0;
  const shape = contentOf(tensor, 2);
  if (shape === undefined) return { element, shape: undefined };
  const dimensions = [...fields(shape)]
    .filter(({ number }) => number === 1)
    .map(({ content }) => dimension(bytes(content)));
  return { element, shape: dimensions };
}

function dimension(message: Uint8Array): number | string | undefined {
  for (const { number, value, content } of fields(message)) {
    // Some exporters write −1 for a size that is not known.
    if (number === 1 && value > 0 && value < 2 ** 53) return value;
    if (number === 2 && content !== undefined && content.length > 0) return decode(content);
  }
  return undefined;
}

/** The fields of a message, in order. */
function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      if (at >= message.length || factor > 2 ** 63) throw new NotAModel('bytes that end in the middle of a number');
      const byte = message[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (number === 0 || (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5)) {
      throw new NotAModel('bytes that are no protocol buffer');
    }
    if (wire === 0) {
      yield { number, value: varint(), content: undefined };
      continue;
    }
    const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
    if (at + length > message.length) {
      throw new NotAModel(`bytes cut off: a field announces ${length} bytes, ${message.length - at} follow`);
    }
    const content = message.subarray(at, at + length);
    at += length;
    yield { number, value: 0, content };
  }
}

function bytes(content: Uint8Array | undefined): Uint8Array {
  if (content === undefined) throw new NotAModel('a number where a message is expected');
  return content;
}

function contentOf(message: Uint8Array, wanted: number): Uint8Array | undefined {
  for (const { number, content } of fields(message)) if (number === wanted) return bytes(content);
  return undefined;
}

const decoder = new TextDecoder();
const decode = (content: Uint8Array | undefined) => decoder.decode(bytes(content));
const textOf = (message: Uint8Array, wanted: number) => decoder.decode(contentOf(message, wanted) ?? new Uint8Array());
