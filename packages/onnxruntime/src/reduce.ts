import type { Loss } from '@focal-loss/core';
import { column, DOMAIN, type Index, type Operation } from './kernel.ts';
import type { Precision, Value, Writer } from './writer.ts';

/** What the nodes around an operation read. */
export interface Inputs {
  /** In the precision that is computed in. */
  readonly logits: Value;
  readonly targets: Value;
  readonly weights?: Value | undefined;
  /** A denominator given from outside. */
  readonly normalizer?: Value | undefined;
}

/** What they write. */
export interface Reduced {
  readonly value: Value;
  readonly grad?: Value | undefined;
}

/** The operations of a loss. */
export interface Operations {
  readonly value: Operation;
  readonly grad?: Operation | undefined;
}

/** How entries are added up and targets looked at. */
export interface Manner {
  /** Whether targets and weights that are none become NaN here; otherwise somebody has looked at them. */
  readonly checked: boolean;
  /** The number format of class indices. */
  readonly index: Index;
  /**
   * The number format of sums. ONNX Runtime's CPU provider adds one after the other: in float32, 10⁷ losses come out
   * wrong by 2e-4.
   */
  readonly accumulate: Precision;
}

/**
 * The nodes around the operations: ignored entries, weights, the denominator, the sum. They are outside, because a
 * function cannot branch on an attribute of text.
 */
export function reduce(
  w: Writer,
  loss: Loss,
  operations: Operations,
  inputs: Inputs,
  { checked, index, accumulate }: Manner,
): Reduced {
  const softmax = loss.link === 'softmax';
  const [zero, one, nan] = [w.constant(0), w.constant(1), w.constant(Number.NaN)];
  const where = (test: Value, a: Value, b: Value) => w.node('Where', [test, a, b]);
  const both = (a: Value, b: Value) => w.node('And', [a, b]);
  const sum = (a: Value) => w.cast(w.sum(w.cast(a, accumulate)), w.precision, accumulate);
  const target = (value: number) => (softmax ? w.integers([value], index, []) : w.constant(value));
  /** Equal, of which CUDA has no kernel from opset 19 on. NaN equals nothing. */
  const equal = (a: Value, b: Value) => both(w.node('LessOrEqual', [a, b]), w.node('GreaterOrEqual', [a, b]));

  let { targets, weights } = inputs;
  const raw = targets;
  const ignored = loss.ignoreIndex === undefined ? undefined : equal(targets, target(loss.ignoreIndex));
  if (ignored !== undefined) targets = where(ignored, target(0), targets);
  /** 0, and NaN for a target that is none. y(1 − y) is negative outside [0, 1] and only there; Where takes longer. */
  let flaw: Value | undefined;
  if (checked && !softmax) {
    const inside = w.node('Mul', [targets, w.node('Sub', [one, targets])]);
    flaw = w.node('Mul', [w.node('Sqrt', [inside]), zero]);
    targets = w.node('Add', [targets, flaw]);
  }
  if (checked && weights !== undefined) weights = where(w.node('Less', [weights, zero]), nan, weights);

  const call = ({ definition, attributes }: Operation) =>
    w.node(definition.name, [inputs.logits, targets], attributes, DOMAIN);
  const values = call(operations.value);
  const slopes = operations.grad && call(operations.grad);

  /** Of one entry each: nothing of it counts where one of these is true, not even NaN. WebGPU has no Or. */
  const silent = [
    ...(ignored === undefined ? [] : [ignored]),
    ...(weights === undefined ? [] : [equal(weights, zero)]),
  ];

  const divisor = denominator();
  const inverse =
    divisor === undefined ? undefined : where(w.node('Greater', [zero, divisor]), nan, reciprocal(divisor));
  let factor = weights;
  const scaled = (a: Value, shape: (b: Value) => Value) => {
    const weighted = factor === undefined ? a : w.node('Mul', [a, shape(factor)]);
    return silent.reduce((rest, test) => where(shape(test), zero, rest), weighted);
  };
  const same = (b: Value) => b;
  const all = scaled(values, same);
  let value = loss.reduction === 'none' ? all : sum(all);
  if (inverse !== undefined) value = w.node('Mul', [value, inverse]);
  if (slopes === undefined) return { value };

  // One product less over the gradient: weights and denominator are multiplied first.
  let grad = slopes;
  if (factor !== undefined && inverse !== undefined) factor = w.node('Mul', [factor, inverse]);
  grad = scaled(grad, softmax ? (b) => column(w, inputs.logits, b) : same);
  if (factor === undefined && inverse !== undefined) grad = w.node('Mul', [grad, inverse]);
  return { value, grad };

  /** 1/a, and 0 where there is nothing to divide by. */
  function reciprocal(a: Value): Value {
    const nothing = equal(a, zero);
    return where(nothing, zero, w.node('Div', [one, where(nothing, one, a)]));
  }

  function denominator(): Value | undefined {
    if (loss.reduction !== 'mean') return undefined;
    if (inputs.normalizer !== undefined) return inputs.normalizer;
    const counted = (of: Value) => sum(ignored === undefined ? of : where(ignored, zero, of));
    if (loss.normalizer === 'weights' && inputs.weights !== undefined) return counted(inputs.weights);
    if (loss.normalizer !== 'positives') return entries();
    const positives = softmax ? where(equal(raw, target(loss.background ?? -1)), zero, one) : targets;
    return w.node('Max', [counted(positives), one]);
  }
  /**
   * How many entries count, as a sum of ones. It stands in the shape, but Shape and Size were revised too often: see
   * {@link equal}. float32 adds whole numbers exactly as far as 2²⁴, and in several lanes farther.
   */
  function entries(): Value {
    if (ignored !== undefined) return w.sum(where(ignored, zero, one));
    if (softmax) return w.sum(where(w.node('Less', [raw, raw]), zero, one));
    return w.sum(w.node('Add', [flaw ?? w.node('Mul', [raw, zero]), one]));
  }
}
