import { type Loss, valueAndDerivative } from '@focal-loss/core';
import type { Attribute, FunctionDefinition, Literal } from './model.ts';
import { formats, onnxOps } from './ops.ts';
import { type Precision, type Value, Writer } from './writer.ts';

/** The domain of the operations that models call. */
export const DOMAIN = 'focal.loss';

/** An operation: what its nodes carry, and what it means. */
export interface Operation {
  readonly definition: FunctionDefinition;
  /** γ, β, α, … of the loss, as attributes of a node. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** In what an operation is written. */
export interface Target {
  readonly precision: Precision;
  readonly opset: number;
  /** The number format of class indices. */
  readonly index: Index;
  /** The number format of sums over a row. */
  readonly accumulate: Precision;
}

/** What an operation computes. */
export type Output = 'value' | 'grad';

/** `SigmoidFocal` or `SigmoidFocalGrad`. */
export function operationName({ name }: Loss, output: Output): string {
  const words = name.replace(/^[^A-Za-z]+/, '').split(/[^A-Za-z0-9]+/);
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return `${joined || 'Loss'}${output === 'grad' ? 'Grad' : ''}`;
}

/**
 * The operation for the losses of single entries, or their slopes, of a loss: α included, weights and reduction not.
 * Inputs `logits` and `targets`; at a softmax [rows, classes], and class indices [rows].
 */
export function operation(loss: Loss, output: Output, { precision, opset, index, accumulate }: Target): Operation {
  const w = new Writer(precision, opset);
  const attributes = attributesOf(loss, precision);
  const x: Value = { name: 'logits' };
  const y: Value = { name: 'targets' };
  const params = Object.fromEntries(Object.keys(loss.params).map((name) => [name, paramOf(w, name, attributes)]));
  const result =
    loss.link === 'sigmoid'
      ? elementwise(w, loss, params, x, y)[output]
      : rowwise(w, loss, params, x, y, index, accumulate)[output];
  // A formula may be a constant, or the logit itself; an output is as long as the logits and made by a node.
  const zero = w.constant(0);
  const long = w.isUniform(result) ? w.node('Add', [w.node('Mul', [x, zero]), result]) : result;
  const made = long === x || long === y ? w.node('Add', [long, zero]) : long;
  return {
    definition: {
      domain: DOMAIN,
      name: operationName(loss, output),
      inputs: ['logits', 'targets'],
      outputs: [output],
      attributes: Object.keys(attributes),
      nodes: w.finish({ [output]: made }),
      doc: `${loss.name}: ${output === 'value' ? 'one loss a target' : 'the slope of each loss against its logits'}`,
    },
    attributes,
  };
}

/** The number format of class indices. */
export type Index = 'int32' | 'int64';

/**
 * Numbers as attributes. Attributes of kind float are float32; what a parameter has beyond that goes into a second one,
 * as an exponent that is rounded shows in the tails: 87 times the rounding error. Of float64 models they are tensors.
 */
function attributesOf({ params, alpha }: Loss, precision: Precision): Record<string, Attribute> {
  const given: Record<string, Attribute> = {};
  const tensor = (shape: readonly number[], values: readonly number[]): Literal => ({
    element: precision,
    shape,
    values,
  });
  for (const [name, value] of Object.entries(params)) {
    if (precision === 'float64') given[name] = { kind: 'tensor', value: tensor([], [value]) };
    else {
      const { high, low } = inTwo(value);
      given[name] = { kind: 'float', value: high };
      if (low !== 0) given[lowName(name)] = { kind: 'float', value: low };
    }
  }
  if (typeof alpha === 'number') {
    given.alpha =
      precision === 'float64' ? { kind: 'tensor', value: tensor([], [alpha]) } : { kind: 'float', value: alpha };
  } else if (alpha !== undefined) {
    given.alpha =
      precision === 'float64'
        ? { kind: 'tensor', value: tensor([alpha.length], alpha) }
        : { kind: 'floats', value: alpha };
  }
  return given;
}

const lowName = (name: string) => `${name}_low`;

/** A number as a float32 not above it, and the rest. */
function inTwo(value: number) {
  let high = Math.fround(value);
  if (high > value) {
    const bits = new Int32Array(Float32Array.of(high).buffer);
    bits[0] += high > 0 ? -1 : 1;
    high = new Float32Array(bits.buffer)[0];
  }
  return { high, low: value - high };
}

function paramOf(w: Writer, name: string, attributes: Operation['attributes']): Value {
  if (w.precision === 'float64') return w.attribute(name, 'tensor');
  const value = w.attribute(name, 'float');
  return lowName(name) in attributes ? { ...value, low: w.attribute(lowName(name), 'float') } : value;
}

type Outputs = Readonly<Record<Output, Value>>;

/** The sigmoid member, elementwise over logits and targets of any one shape. */
function elementwise(w: Writer, loss: Loss, params: Record<string, Value>, x: Value, y: Value): Outputs {
  const o = onnxOps(w);
  const { value, derivative } = valueAndDerivative(loss.formula, o, x, y, params);
  if (typeof loss.alpha !== 'number') return { value, grad: derivative };
  const alpha = w.attribute('alpha', w.precision === 'float64' ? 'tensor' : 'float');
  const one = w.constant(1);
  const factor = o.add(o.mul(y, alpha), o.mul(o.sub(one, y), o.sub(one, alpha)));
  const mayBeSilent = loss.alpha === 0 || loss.alpha === 1;
  return scaled(w, factor, { value, grad: derivative }, mayBeSilent);
}

/** Outputs times a factor; a factor of 0 silences even what is NaN. */
function scaled(w: Writer, factor: Value, { value, grad }: Outputs, mayBeSilent: boolean): Outputs {
  const times = (a: Value) => {
    if (!mayBeSilent) return w.node('Mul', [factor, a]);
    const zero = w.constant(0);
    return w.node('Mul', [factor, w.node('Where', [w.node('Greater', [factor, zero]), a, zero])]);
  };
  return { value: times(value), grad: times(grad) };
}

/**
 * The sigmoid member at the margin z = x_t − logsumexp(x_j, j ≠ t), target 1, for each row: see core's `margin`. Every
 * size is symbolic, and nothing is reshaped or cast: those operations were revised in every late opset, and on CUDA the
 * revised ones run on the CPU.
 */
function rowwise(
  w: Writer,
  loss: Loss,
  params: Record<string, Value>,
  x: Value,
  y: Value,
  index: Index,
  accumulate: Precision,
): Outputs {
  const o = onnxOps(w);
  const { largest } = formats[w.precision];
  const [zero, one] = [w.constant(0), w.constant(1)];
  const where = (test: Value, a: Value, b: Value) => w.node('Where', [test, a, b]);
  const overRow = (a: Value) => w.sum(a, { axis: 1, keep: true });

  const classOf = column(w, x, y);
  const classes = positions(w, x, 1, index);
  const own = w.node('And', [w.node('LessOrEqual', [classes, classOf]), w.node('GreaterOrEqual', [classes, classOf])]);

  // A quarter of the largest number: no difference of two can overflow. −∞ masks a class, and so does this.
  const bound = w.constant(largest / 4);
  const least = w.constant(-largest / 4);
  const near = w.node('Max', [w.node('Min', [x, bound]), least]);
  const others = where(own, least, near);
  // Any shift between the mean and the maximum keeps the exponentials in range; ReduceMax was revised in opset 20.
  const shift = overRow(w.node('Mul', [w.node('Softmax', [others], { axis: { kind: 'int', value: 1 } }), others]));
  const deviation = difference(o, near, shift);
  const cutoff = w.constant(w.precision === 'float32' ? -200 : -1000);
  const power = w.node('Exp', [w.node('Max', [deviation.value, cutoff])]);
  const shares = where(own, zero, w.node('Add', [power, w.node('Mul', [power, deviation.low])]));
  const total = w.cast(overRow(w.cast(shares, accumulate)), w.precision, accumulate);

  // Of a class that is none, there is no logit: 0/0.
  const logit = w.node('Div', [overRow(where(own, near, zero)), overRow(where(own, one, zero))]);
  const lead = difference(o, logit, shift);
  const margin = difference(o, lead.value, w.node('Log', [total]));
  const z: Value = { ...margin.value, low: w.node('Add', [margin.low, lead.low]) };

  const { value, derivative } = valueAndDerivative(loss.formula, o, z, one, params);
  const long = (a: Value) => (w.isUniform(a) ? w.node('Add', [w.node('Mul', [z, zero]), a]) : a);
  let outputs: Outputs = { value: long(value), grad: long(derivative) };
  if (Array.isArray(loss.alpha)) {
    const alpha = w.attribute('alpha', w.precision === 'float64' ? 'tensor' : 'floats');
    outputs = scaled(w, overRow(where(own, alpha, zero)), outputs, loss.alpha.includes(0));
  }
  const slope = outputs.grad;
  const spread = w.node('Mul', [w.node('Div', [shares, total]), w.node('Neg', [slope])]);
  return { value: w.sum(outputs.value, { axis: 1 }), grad: where(own, slope, spread) };
}

/** a − b and its rounding error (Knuth). */
function difference(o: ReturnType<typeof onnxOps>, a: Value, b: Value) {
  const value = o.sub(a, b);
  const back = o.sub(value, a);
  return { value, low: o.sub(o.sub(a, o.sub(value, back)), o.add(b, back)) };
}

/** A vector [rows] as a column [rows, 1], which operations spread over the classes of `matrix` [rows, classes]. */
export const column = (w: Writer, matrix: Value, vector: Value): Value =>
  w.node('Gather', [vector, positions(w, matrix, 0, 'int32')]);

/** 0, 1, 2, … along one axis of a matrix: as a column [rows, 1] or a row [1, classes]. Counted, not looked up in its shape. */
function positions(w: Writer, x: Value, axis: 0 | 1, index: Index): Value {
  const [from, to, across] = [w.integers([0]), w.integers([1]), w.integers([1 - axis])];
  const line = w.node('Slice', [x, from, to, across]);
  const [none, one] = [w.integers([0], index, []), w.integers([1], index, [])];
  const ones = w.node('Where', [w.node('Less', [line, line]), none, one]);
  return w.node('CumSum', [ones, w.integers([axis], 'int64', [])], { exclusive: { kind: 'int', value: 1 } });
}
