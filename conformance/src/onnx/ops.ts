import type { Ops } from '@focal-loss/core';
import { formats } from '../compare.ts';
import type { Element, Node } from './model.ts';
import { tensor } from './model.ts';
import type { Bytes } from './protobuf.ts';

/** A tensor of a graph that is being written. */
export interface Value {
  readonly name: string;
  /** The number it is, if it is one. */
  readonly literal?: number;
}

/** The algebra that writes ONNX nodes, and what it has written. */
export interface Builder {
  readonly ops: Ops<Value>;
  readonly nodes: Node[];
  readonly initializers: Bytes[];
  /** Writes a node and names its output; the same node twice is written once. */
  node(op: string, inputs: readonly Value[], attributes?: Node['attributes']): Value;
}

/**
 * Formulas as graphs of standard operations. Softplus and Sigmoid are put together from Exp and Log: runtimes compute
 * their own as `log(1 + exp(x))` or by a rational function that is off in the tails.
 */
export function builder(element: Element): Builder {
  const nodes: Node[] = [];
  const initializers: Bytes[] = [];
  const known = new Map<string, Value>();

  function node(op: string, inputs: readonly Value[], attributes?: Node['attributes']): Value {
    const key = JSON.stringify([op, inputs.map(({ name }) => name), attributes]);
    let value = known.get(key);
    if (value === undefined) {
      value = { name: `${op.toLowerCase()}_${nodes.length}` };
      known.set(key, value);
      nodes.push({ op, inputs: inputs.map(({ name }) => name), output: value.name, ...(attributes && { attributes }) });
    }
    return value;
  }
  function constant(literal: number): Value {
    const name = `constant_${literal}`;
    const value = known.get(name) ?? { name, literal };
    if (!known.has(name)) initializers.push(tensor({ name, shape: [] }, [literal], element));
    known.set(name, value);
    return value;
  }
  const is = (a: Value, literal: number) => a.literal === literal;
  const one = constant(1);
  const add = (a: Value, b: Value) => (is(a, 0) ? b : is(b, 0) ? a : node('Add', [a, b]));
  const sub = (a: Value, b: Value) => (is(b, 0) ? a : node('Sub', [a, b]));
  const mul = (a: Value, b: Value) => (is(a, 1) ? b : is(b, 1) ? a : node('Mul', [a, b]));
  const div = (a: Value, b: Value) => (is(b, 1) ? a : node('Div', [a, b]));
  const neg = (a: Value) => (a.literal === undefined ? node('Neg', [a]) : constant(-a.literal));
  const exp = (a: Value) => node('Exp', [a]);

  /** What 1 + a lost in rounding is put back to first order. */
  function log1p(a: Value): Value {
    const d = node('Add', [one, a]);
    return add(node('Log', [d]), div(sub(a, sub(d, one)), d));
  }
  /** e^min(a, 0) and e^−max(a, 0), whose product is e^−|a|. */
  function halves(a: Value) {
    const above = node('Relu', [a]);
    const [below, decay] = [exp(neg(node('Relu', [neg(a)]))), exp(neg(above))];
    return { above, below, product: mul(below, decay) };
  }
  const ops: Ops<Value> = {
    tiny: formats[element].tiny,
    constant,
    literal: (a) => a.literal,
    add,
    sub,
    mul,
    div,
    neg,
    abs: (a) => node('Abs', [a]),
    sign: (a) => node('Sign', [a]),
    max: (a, b) => node('Max', [a, b]),
    exp,
    log1p,
    softplus(a) {
      const { above, product } = halves(a);
      return add(above, log1p(product));
    },
    sigmoid(a) {
      const { below, product } = halves(a);
      return div(below, node('Add', [one, product]));
    },
    pow: (a, p) => (is(p, 0) ? one : is(p, 1) ? a : node('Pow', [a, p])),
    affine: (a, x, b) => add(mul(a, x), b),
  };
  return { ops, nodes, initializers, node };
}
