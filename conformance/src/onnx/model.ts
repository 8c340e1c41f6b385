/**
 * ONNX files, written: the messages of onnx.proto that a model of elementwise operations needs.
 *
 * @module
 */
import { type Bytes, concat, each, integer, message, text } from './protobuf.ts';

/** The number formats of ONNX that models are written in, by what TensorProto calls them. */
export const elementTypes = { float32: 1, float64: 11 } as const;

/** A number format of models. */
export type Element = keyof typeof elementTypes;

const INT64 = 7;

/** Opset 17: `ReduceMax` still takes its axes as an attribute, and every runtime of the last years has it. */
const opset = 17;
const irVersion = 8;

/** Names of tensors and their shapes. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** One operation. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** The attribute `axes` or `keepdims` of reductions. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** A tensor with its numbers: `input_0.pb` and `output_0.pb` are nothing else. */
export function tensor({ name, shape }: Tensor, values: ArrayLike<number>, element: Element): Bytes {
  const numbers = element === 'float32' ? Float32Array.from(values) : Float64Array.from(values);
  return rawTensor(name, shape, elementTypes[element], new Uint8Array(numbers.buffer));
}

/** A tensor of whole numbers, such as axes. */
export function integers({ name, shape }: Tensor, values: readonly number[]): Bytes {
  return rawTensor(name, shape, INT64, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
}

const rawTensor = (name: string, shape: readonly number[], type: number, data: Bytes): Bytes =>
  concat(
    each(shape, (size) => integer(1, size)),
    integer(2, type),
    text(8, name),
    message(9, data),
  );

/** A graph with its constants, `initializers`, already written by {@link tensor} or {@link integers}. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly initializers: readonly Bytes[];
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** `model.onnx`. */
export function model({ name, nodes, initializers, inputs, outputs }: Graph, element: Element): Bytes {
  const values = (field: number, tensors: readonly Tensor[]) =>
    each(tensors, (tensor) => message(field, valueInfo(tensor, element)));
  const graph = concat(
    each(nodes, (node) => message(1, nodeProto(node))),
    text(2, name),
    each(initializers, (initializer) => message(5, initializer)),
    values(11, inputs),
    values(12, outputs),
  );
  return concat(
    integer(1, irVersion),
    text(2, 'focal-conformance'),
    message(7, graph),
    message(8, text(1, ''), integer(2, opset)),
  );
}

const nodeProto = ({ op, inputs, output, attributes = {} }: Node): Bytes =>
  concat(
    each(inputs, (input) => text(1, input)),
    text(2, output),
    text(4, op),
    each(Object.entries(attributes), ([name, value]) =>
      typeof value === 'number'
        ? message(5, text(1, name), integer(3, value), integer(20, 2))
        : message(
            5,
            text(1, name),
            each(value, (item) => integer(8, item)),
            integer(20, 7),
          ),
    ),
  );

const valueInfo = ({ name, shape }: Tensor, element: Element): Bytes => {
  const dimensions = each(shape, (size) => message(1, integer(1, size)));
  return concat(text(1, name), message(2, message(1, integer(1, elementTypes[element]), message(2, dimensions))));
};
