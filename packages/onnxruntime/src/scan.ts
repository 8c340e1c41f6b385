/**
 * A shallow look at an ONNX model: what names there are in its graph, and in which versions it is written. Numbers are
 * stepped over, however many there are.
 *
 * @module
 */
import { DOMAIN } from '@focal-loss/onnx';
import {
  bytesOf,
  contentOf,
  decode,
  type Field,
  fields,
  type ModelSource,
  NotAModel,
  type Span,
  spanOf,
  textOf,
  wholeOf,
} from './fields.ts';

/** What is said of a value in the graph. */
export interface TypeInfo {
  /** TensorProto's number for the format, 0 if it is no tensor. */
  readonly element: number;
  /** Sizes, names, or undefined for a dimension nothing is known of; undefined as a whole if the rank is not known. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** One operation of the graph. */
export interface NodeInfo {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The attribute of that name, if there is one. */
  readonly axis: number | undefined;
}

/** What has a name already. */
export interface Owner {
  readonly as: 'input' | 'output' | 'initializer' | 'sparse initializer' | 'value_info' | NodeInfo;
  /** The node with the subgraph that it is in, if it is in one. */
  readonly within: NodeInfo | undefined;
}

/** What {@link scan} finds. */
export interface Scan {
  irVersion: number;
  /** Domain → version. */
  readonly opsets: Map<string, number>;
  /** All names of values, those of subgraphs too: a subgraph sees the values around it. */
  readonly owners: Map<string, Owner>;
  /** Values of the graph itself that a node can read, in order. */
  readonly values: Set<string>;
  readonly types: Map<string, TypeInfo>;
  readonly nodes: NodeInfo[];
  readonly inputs: string[];
  readonly outputs: string[];
  readonly initializers: Set<string>;
  /** Functions of the domain of losses, and their bytes. */
  readonly functions: Map<string, Uint8Array>;
  /** Files beside the model, with numbers. */
  readonly external: Set<string>;
  /** The fields of the model, in order. */
  readonly parts: Field[];
}

/**
 * Reads what a model says of itself.
 *
 * @throws {@link NotAModel} if the bytes end too early, or are something else.
 */
export function scan(source: ModelSource): Scan {
  const found: Scan = {
    irVersion: 0,
    opsets: new Map(),
    owners: new Map(),
    values: new Set(),
    types: new Map(),
    nodes: [],
    inputs: [],
    outputs: [],
    initializers: new Set(),
    functions: new Map(),
    external: new Set(),
    parts: [],
  };
  for (const part of fields(wholeOf(source))) {
    const { number, value, content } = part;
    found.parts.push(part);
    if (number === 1) found.irVersion = value;
    else if (number === 7) scanGraph(spanOf(content), found);
    else if (number === 8) {
      const [domain, version] = opset(spanOf(content));
      found.opsets.set(domain, version);
    } else if (number === 25) {
      const definition = spanOf(content);
      if (textOf(definition, 10) === DOMAIN) found.functions.set(textOf(definition, 1), bytesOf(definition));
    }
  }
  const graphs = found.parts.some(({ number }) => number === 7);
  if (!graphs || found.irVersion === 0) throw new NotAModel('bytes without a graph');
  return found;
}

function scanGraph(graph: Span, found: Scan, within?: NodeInfo): void {
  const declare = (name: string, as: Owner['as']) => {
    if (name === '') return;
    if (!found.owners.has(name)) found.owners.set(name, { as, within });
    if (within === undefined && as !== 'output' && as !== 'value_info') found.values.add(name);
  };
  const initialize = (tensor: Span, as: 'initializer' | 'sparse initializer') => {
    const name = textOf(tensor, 8);
    declare(name, as);
    if (within === undefined) found.initializers.add(name);
    scanTensor(tensor, found);
  };
  for (const { number, content } of fields(graph)) {
    if (number === 1) {
      const node = scanNode(spanOf(content), found, within);
      for (const name of node.outputs) declare(name, node);
      if (within === undefined) found.nodes.push(node);
    } else if (number === 5) initialize(spanOf(content), 'initializer');
    else if (number === 11 || number === 12 || number === 13) {
      const name = textOf(spanOf(content), 1);
      declare(name, number === 11 ? 'input' : number === 12 ? 'output' : 'value_info');
      if (within !== undefined) continue;
      const type = typeOf(spanOf(content));
      if (type !== undefined) found.types.set(name, type);
      if (number === 11) found.inputs.push(name);
      if (number === 12) found.outputs.push(name);
    } else if (number === 15) {
      const sparse = spanOf(content);
      const [values, indices] = [contentOf(sparse, 1), contentOf(sparse, 2)];
      if (values !== undefined) initialize(values, 'sparse initializer');
      if (indices !== undefined) scanTensor(indices, found);
    }
  }
}

function scanNode(message: Span, found: Scan, within: NodeInfo | undefined): NodeInfo {
  const node = {
    name: '',
    op: '',
    inputs: [] as string[],
    outputs: [] as string[],
    axis: undefined as number | undefined,
  };
  const inner: Span[] = [];
  for (const { number, content } of fields(message)) {
    if (number === 1) node.inputs.push(decode(content));
    else if (number === 2) node.outputs.push(decode(content));
    else if (number === 3) node.name = decode(content);
    else if (number === 4) node.op = decode(content);
    else if (number === 5) {
      const attribute = [...fields(spanOf(content))];
      const isAxis = attribute.some((field) => field.number === 1 && decode(field.content) === 'axis');
      for (const field of attribute) {
        if (field.number === 3 && isAxis) node.axis = field.value;
        if (field.number === 5 || field.number === 10) scanTensor(spanOf(field.content), found);
        if (field.number === 6 || field.number === 11) inner.push(spanOf(field.content));
      }
    }
  }
  // Afterwards: the name may follow the attributes.
  for (const graph of inner) scanGraph(graph, found, within ?? node);
  return node;
}

/** Where the numbers of a tensor are, if they are in a file of their own. */
function scanTensor(tensor: Span, { external }: Scan): void {
  let isElsewhere = false;
  let location: string | undefined;
  for (const { number, value, content } of fields(tensor)) {
    if (number === 13 && textOf(spanOf(content), 1) === 'location') location = textOf(spanOf(content), 2);
    if (number === 14) isElsewhere = value === 1;
  }
  if (isElsewhere && location !== undefined) external.add(location);
}

function opset(message: Span): [string, number] {
  let domain = '';
  let version = 0;
  for (const { number, value, content } of fields(message)) {
    if (number === 1) domain = decode(content);
    if (number === 2) version = value;
  }
  return [domain === 'ai.onnx' ? '' : domain, version];
}

/** The tensor type in a ValueInfoProto. */
function typeOf(valueInfo: Span): TypeInfo | undefined {
  const type = contentOf(valueInfo, 2);
  const tensor = type && contentOf(type, 1);
  if (tensor === undefined) return type === undefined ? undefined : { element: 0, shape: undefined };
  const element = [...fields(tensor)].find(({ number }) => number === 1)?.value ?? 0;
  const shape = contentOf(tensor, 2);
  if (shape === undefined) return { element, shape: undefined };
  const dimensions = [...fields(shape)]
    .filter(({ number }) => number === 1)
    .map(({ content }) => dimension(spanOf(content)));
  return { element, shape: dimensions };
}

function dimension(message: Span): number | string | undefined {
  for (const { number, value, content } of fields(message)) {
    // Some exporters write −1 for a size that is not known.
    if (number === 1 && value > 0 && value < 2 ** 53) return value;
    if (number === 2 && content !== undefined && content.to > content.from) return decode(content);
  }
  return undefined;
}
