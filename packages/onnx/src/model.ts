/**
 * The nine messages of onnx.proto that these models are made of, as functions from plain objects to bytes.
 *
 * @module
 */
import { type Bytes, concat, each, float, integer, message, text } from './protobuf.ts';

/** What TensorProto calls its number formats. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
} as const;

/** A number format of tensors. */
export type Element = keyof typeof elementTypes;

/** A tensor with its numbers. */
export interface Literal {
  readonly element: 'float32' | 'float64' | 'int32' | 'int64';
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What an attribute of a node can be. */
export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Literal }
  /** In a function: whatever the caller gave as the attribute `name`, of that kind. */
  | { readonly kind: 'reference'; readonly name: string; readonly of: 'float' | 'floats' | 'tensor' };

/** Attributes by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** One operation. Nodes in functions have no names: inlined twice, they would clash. */
export interface Node {
  readonly name?: string | undefined;
  readonly op: string;
  readonly domain?: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Attributes | undefined;
}

/** A dimension: a size, or the name of one that is not known before a run. */
export type Dimension = number | string;

/** An input or output of a graph. */
export interface Port {
  readonly name: string;
  readonly element: Element;
  readonly shape: readonly Dimension[];
}

/** What an operation of a domain of our own means, in standard operations. */
export interface FunctionDefinition {
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of the attributes a caller has to give. */
  readonly attributes: readonly string[];
  readonly nodes: readonly Node[];
  readonly doc: string;
}

/** What there is in a graph beside its name. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

const typedArrays = {
  float32: (values: readonly number[]) => Float32Array.from(values),
  float64: (values: readonly number[]) => Float64Array.from(values),
  int32: (values: readonly number[]) => Int32Array.from(values),
  int64: (values: readonly number[]) => BigInt64Array.from(values, BigInt),
};

/** A TensorProto: of an attribute without a name, in a file of its own with one. */
export const tensorProto = ({ element, shape, values }: Literal, name?: string): Bytes =>
  concat(
    each(shape, (size) => integer(1, size)),
    integer(2, elementTypes[element]),
    name === undefined ? concat() : text(8, name),
    message(9, new Uint8Array(typedArrays[element](values).buffer)),
  );

function attributeProto(name: string, attribute: Attribute): Bytes {
  const typed = (kind: keyof typeof attributeTypes, ...content: Bytes[]) =>
    concat(text(1, name), ...content, integer(20, attributeTypes[kind]));
  switch (attribute.kind) {
    case 'float':
      return typed('float', float(2, attribute.value));
    case 'int':
      return typed('int', integer(3, attribute.value));
    case 'floats':
      return typed(
        'floats',
        each(attribute.value, (value) => float(7, value)),
      );
    case 'ints':
      return typed(
        'ints',
        each(attribute.value, (value) => integer(8, value)),
      );
    case 'string':
      return typed('string', text(4, attribute.value));
    case 'tensor':
      return typed('tensor', message(5, tensorProto(attribute.value)));
    case 'reference':
      return typed(attribute.of, text(21, attribute.name));
  }
}

function nodeProto({ name, op, domain, inputs, outputs, attributes = {} }: Node): Bytes {
  return concat(
    each(inputs, (input) => text(1, input)),
    each(outputs, (output) => text(2, output)),
    name === undefined ? concat() : text(3, name),
    text(4, op),
    each(Object.entries(attributes), ([key, attribute]) => message(5, attributeProto(key, attribute))),
    domain === undefined ? concat() : text(7, domain),
  );
}

function valueInfo({ name, element, shape }: Port): Bytes {
  const dimensions = each(shape, (size) => message(1, typeof size === 'number' ? integer(1, size) : text(2, size)));
  return concat(text(1, name), message(2, message(1, integer(1, elementTypes[element]), message(2, dimensions))));
}

/** OperatorSetIdProto, with the field it stands in. */
const opsetId = (field: number, domain: string, version: number): Bytes =>
  message(field, text(1, domain), integer(2, version));

/** The fields of a GraphProto: written after those of another graph they add to it. */
export const graphFields = ({ nodes, inputs, outputs }: Graph): Bytes =>
  concat(
    each(nodes, (node) => message(1, nodeProto(node))),
    each(inputs, (port) => message(11, valueInfo(port))),
    each(outputs, (port) => message(12, valueInfo(port))),
  );

/** FunctionProto, in the standard operations of `opset`. */
export const functionProto = (definition: FunctionDefinition, opset: number): Bytes =>
  concat(
    text(1, definition.name),
    each(definition.inputs, (input) => text(4, input)),
    each(definition.outputs, (output) => text(5, output)),
    each(definition.attributes, (attribute) => text(6, attribute)),
    each(definition.nodes, (node) => message(7, nodeProto(node))),
    text(8, definition.doc),
    opsetId(9, '', opset),
    text(10, definition.domain),
  );

/** Fields of a ModelProto: functions, and the domain they are in unless it is known already. */
export const functionFields = (functions: readonly Uint8Array[], domain: string | undefined): Bytes =>
  concat(
    domain === undefined ? concat() : opsetId(8, domain, 1),
    ...functions.map((definition) => message(25, definition)),
  );

/** The version of the file format that came with an opset; functions, which losses are from opset 13 on, need 8. */
export function irVersion(opset: number): number {
  if (opset < 13) return opset - 5;
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  if (opset <= 22) return 10;
  return Math.min(opset - 12, 13);
}

/** A whole ModelProto. */
export const modelProto = (name: string, graph: Graph, functions: Bytes, opset: number, doc: string): Bytes =>
  concat(
    integer(1, irVersion(opset)),
    text(2, 'focal-loss'),
    text(6, doc),
    message(7, text(2, name), graphFields(graph)),
    opsetId(8, '', opset),
    functions,
  );
