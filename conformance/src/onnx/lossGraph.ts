import { type Loss, valueAndDerivative } from '@focal-loss/core';
import { formats } from '../compare.ts';
import { type Element, type Graph, integers, tensor } from './model.ts';
import { type Builder, builder, type Value } from './ops.ts';

/** A loss of reduction `'none'`: inputs `logits` and `targets`, outputs `value` and `grad`. */
export function lossGraph(loss: Loss, shape: readonly number[], element: Element): Graph {
  const build = builder(element);
  const logits: Value = { name: 'logits' };
  const targets: Value = { name: 'targets' };
  const { value, grad } =
    loss.link === 'sigmoid'
      ? sigmoid(build, loss, logits, targets)
      : softmax(build, loss, logits, targets, shape[1], element);
  const named = [
    { op: 'Identity', inputs: [value.name], output: 'value' },
    { op: 'Identity', inputs: [grad.name], output: 'grad' },
  ];
  const rows = shape.slice(0, 1);
  return {
    name: loss.name,
    nodes: [...build.nodes, ...named],
    initializers: build.initializers,
    inputs: [
      { name: 'logits', shape },
      { name: 'targets', shape: rows },
    ],
    outputs: [
      { name: 'value', shape: rows },
      { name: 'grad', shape },
    ],
  };
}

/** What a loss and its slope are called. */
interface Outputs {
  readonly value: Value;
  readonly grad: Value;
}

function sigmoid({ ops }: Builder, loss: Loss, x: Value, y: Value): Outputs {
  const { value, derivative } = pointwise(ops, loss, x, y);
  if (typeof loss.alpha !== 'number') return { value, grad: derivative };
  const [alpha, one] = [ops.constant(loss.alpha), ops.constant(1)];
  const factor = ops.add(ops.mul(y, alpha), ops.mul(ops.sub(one, y), ops.constant(1 - loss.alpha)));
  return { value: ops.mul(factor, value), grad: ops.mul(factor, derivative) };
}

/** The sigmoid formula at the margin z = x_t − logsumexp(x_j, j ≠ t), at target 1. */
function softmax(build: Builder, loss: Loss, x: Value, y: Value, classes: number, element: Element): Outputs {
  const { ops, node, initializers } = build;
  const one = ops.constant(1);
  initializers.push(integers({ name: 'columns', shape: [1] }, [1]));
  initializers.push(
    tensor(
      { name: 'classes', shape: [1, classes] },
      Array.from({ length: classes }, (_, j) => j),
      element,
    ),
  );
  const columns: Value = { name: 'columns' };
  const sum = (a: Value) => node('ReduceSum', [a, columns], { keepdims: 1 });
  // 1 at the target and 0 elsewhere, as arithmetic: class indices are whole numbers.
  const distance = ops.abs(ops.sub(node('Unsqueeze', [y, columns]), { name: 'classes' }));
  const hot = node('Relu', [ops.sub(one, distance)]);
  const cold = ops.sub(one, hot);
  const others = ops.sub(ops.mul(x, cold), ops.mul(hot, ops.constant(formats[element].largest)));
  const max = node('ReduceMax', [others], { axes: [1], keepdims: 1 });
  const shares = ops.mul(ops.exp(ops.sub(others, max)), cold);
  const total = sum(shares);
  const margin = ops.sub(ops.sub(sum(ops.mul(x, hot)), max), node('Log', [total]));
  const { value, derivative } = pointwise(ops, loss, margin, one);

  let [weighted, slope] = [value, derivative];
  if (Array.isArray(loss.alpha)) {
    initializers.push(tensor({ name: 'alpha', shape: [1, classes] }, loss.alpha, element));
    const factor = sum(ops.mul(hot, { name: 'alpha' }));
    [weighted, slope] = [ops.mul(factor, value), ops.mul(factor, derivative)];
  }
  const grad = ops.mul(slope, ops.sub(hot, ops.div(shares, total)));
  return { value: node('Squeeze', [weighted, columns]), grad };
}

function pointwise(ops: Builder['ops'], { formula, params }: Loss, x: Value, y: Value) {
  const constants = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, ops.constant(value)]));
  return valueAndDerivative(formula, ops, x, y, constants);
}
