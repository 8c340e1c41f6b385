import { type Attribute, type Attributes, type Element, elementTypes, type Literal, type Node } from './model.ts';

/** A tensor of a graph that is being written: the name of a node's output or of an input. */
export interface GraphValue {
  readonly name: string;
  /** The number it is, if it is one for good. */
  readonly literal?: number;
  /** No more than which it is, if it is a parameter that has a bound. */
  readonly most?: number | undefined;
  /** What it most likely is, if it is a parameter: others work as well. */
  readonly about?: number | undefined;
  /** What rounding took from it. */
  readonly low?: GraphValue;
  /** Whether it may be infinite where no input is. */
  readonly overflows?: boolean;
  /** Whether it is so close to 1 that ONNX Runtime leaves out a product with it: it takes 1 ± 10⁻⁸ for 1. */
  readonly nearOne?: boolean;
  /** Whether it is |x| of a logit x: nothing of it is below 0. */
  readonly isSize?: boolean;
  /** The value it is the negative of. */
  readonly negated?: GraphValue;
  /** The two values it is the product of. */
  readonly factors?: readonly [GraphValue, GraphValue];
  /** The two values it is the quotient of, if it is a sigmoid, and what rounding took from the second, in units of that. */
  readonly quotient?: { readonly over: GraphValue; readonly under: GraphValue; readonly lost: () => GraphValue };
  /** What rounding took from the denominator of the sigmoids it is a mix of, in units of that. */
  readonly lost?: (() => GraphValue) | undefined;
  /** The value it is the sigmoid of. */
  readonly logit?: GraphValue;
  /** The two values it is the difference of, if it is a softplus: the logarithm of both signs, and what is one sign's own. */
  readonly rest?: { readonly log: GraphValue; readonly line: GraphValue };
  /** The value it is 1 less. */
  readonly complement?: GraphValue;
  /** The value it is 1 divided by. */
  readonly inverse?: GraphValue;
}

/** The number format that formulas are computed in. */
export type Precision = 'float32' | 'float64';

/** The attribute of a Cast. */
export const castTo = (element: Element): Attributes => ({ to: { kind: 'int', value: elementTypes[element] } });

const COMMUTATIVE = new Set(['Add', 'And', 'Mul', 'Max', 'Min']);

/** What is in no name. */
const BETWEEN = '\0';

/** Attributes as text. Not as JSON, which has one word for NaN and infinities, and takes a third of the time a graph does. */
function textOf(attributes: Attributes): string {
  let text = '';
  for (const [name, attribute] of Object.entries(attributes)) {
    text += `${BETWEEN}${name}${BETWEEN}${attribute.kind}`;
    if (attribute.kind === 'reference') text += `${attribute.of}${BETWEEN}${attribute.name}`;
    else if (attribute.kind !== 'tensor') text += attribute.value;
    else text += `${attribute.value.element}[${attribute.value.shape}]${attribute.value.values}`;
  }
  return text;
}

/** Writes nodes one after the other. The same node twice is written once. */
export class Writer {
  private readonly nodes: Node[] = [];
  readonly precision: Precision;
  readonly opset: number;
  private readonly prefix: string;
  private readonly named: boolean;
  private readonly known = new Map<string, GraphValue>();
  private readonly uniform = new Set<string>();

  /** @param prefix What all names of tensors begin with; nodes get names where it ends in `/`. */
  constructor(precision: Precision, opset: number, prefix = '') {
    this.precision = precision;
    this.opset = opset;
    this.prefix = prefix;
    this.named = prefix.endsWith('/');
  }

  /** Writes into the same graph, in another precision. */
  in(precision: Precision): Writer {
    return precision === this.precision ? this : Object.create(this, { precision: { value: precision } });
  }

  /** The output of a node; of several the first. */
  node(
    op: string,
    inputs: readonly GraphValue[],
    attributes?: Attributes,
    domain?: string,
    others: readonly string[] = [],
  ): GraphValue {
    const names = inputs.map(({ name }) => name);
    if (COMMUTATIVE.has(op)) names.sort();
    const key = `${domain ?? ''}${BETWEEN}${op}${BETWEEN}${names.join(BETWEEN)}${attributes ? textOf(attributes) : ''}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const name = `${this.prefix}${op}_${this.nodes.length}`;
    this.nodes.push({
      name: this.named ? name : undefined,
      op,
      domain,
      inputs: inputs.map((input) => input.name),
      outputs: others.length === 0 ? [name] : [name, ...others.map((other) => name + other)],
      attributes,
    });
    const value: GraphValue = { name };
    this.known.set(key, value);
    if (inputs.every((input) => this.uniform.has(input.name))) this.uniform.add(name);
    return value;
  }

  /** Whether a value is made of constants and attributes only, and so has no more than one number. */
  isUniform(value: GraphValue): boolean {
    return this.uniform.has(value.name);
  }

  /** A number of the precision that is computed in. */
  constant(literal: number): GraphValue {
    const value = this.literal({ element: this.precision, shape: [], values: [literal] });
    return { ...value, literal };
  }

  /** Whole numbers: axes, bounds. */
  integers(values: readonly number[], element: 'int32' | 'int64' = 'int64', shape = [values.length]): GraphValue {
    return this.literal({ element, shape, values });
  }

  /** A tensor that never changes. */
  literal(value: Literal): GraphValue {
    return this.node('Constant', [], { value: { kind: 'tensor', value } });
  }

  /** What the caller of a function gave as an attribute. */
  attribute(name: string, of: 'float' | 'floats' | 'tensor'): GraphValue {
    const field = of === 'tensor' ? 'value' : `value_${of}`;
    const reference: Attribute = { kind: 'reference', name, of };
    return this.node('Constant', [], { [field]: reference });
  }

  /** A value in another number format, if it is another. */
  cast(a: GraphValue, to: Element, from: Element = this.precision): GraphValue {
    return from === to ? a : this.node('Cast', [a], castTo(to));
  }

  /** The sum over some axes or all of them. */
  sum(
    a: GraphValue,
    { axis, keep = false }: { axis?: number | readonly number[] | undefined; keep?: boolean } = {},
  ): GraphValue {
    const keepdims = { keepdims: { kind: 'int', value: keep ? 1 : 0 } } as const;
    if (axis === undefined) return this.node('ReduceSum', [a], keepdims);
    return this.overAxes(13, 'ReduceSum', a, [axis].flat(), keepdims);
  }

  /** An operation whose axes are an attribute before some opset, and an input from then on. */
  overAxes(since: number, op: string, a: GraphValue, axes: readonly number[], attributes?: Attributes): GraphValue {
    return this.opset < since
      ? this.node(op, [a], { axes: { kind: 'ints', value: axes }, ...attributes })
      : this.node(op, [a, this.integers(axes)], attributes);
  }

  /** The `k` largest of all numbers, or all of them if there are fewer, and where they are, counted through all axes. */
  topK(a: GraphValue, k: number, rank: number): { readonly values: GraphValue; readonly indices: GraphValue } {
    const line = rank === 1 ? a : this.node('Reshape', [a, this.integers([-1])]);
    const size = this.node('Shape', [line]);
    const most = this.integers([k]);
    const count = this.node('Where', [this.node('Less', [size, most]), size, most]);
    const values = this.node('TopK', [line, count], { axis: { kind: 'int', value: 0 } }, undefined, ['_indices']);
    return { values, indices: { name: `${values.name}_indices` } };
  }

  /** a ≤ b. */
  lessOrEqual(a: GraphValue, b: GraphValue): GraphValue {
    if (this.opset >= 12) return this.node('LessOrEqual', [a, b]);
    return this.node('Or', [this.node('Less', [a, b]), this.node('Equal', [a, b])]);
  }

  /**
   * The nodes that `outputs` take, which go by the names given here: an Identity would be one more node, and one that
   * was revised in every late opset.
   */
  finish(outputs: Readonly<Record<string, GraphValue>>): Node[] {
    const renamed = new Map(Object.entries(outputs).map(([name, value]) => [value.name, name]));
    const wanted = new Set(renamed.keys());
    const live: Node[] = [];
    for (const node of [...this.nodes].reverse()) {
      if (!node.outputs.some((name) => wanted.has(name))) continue;
      for (const name of node.inputs) wanted.add(name);
      live.unshift(node);
    }
    const rename = (names: readonly string[]) => names.map((name) => renamed.get(name) ?? name);
    return live.map((node) => ({ ...node, inputs: rename(node.inputs), outputs: rename(node.outputs) }));
  }
}
