import { type Derivative, type Loss, look, type Parts, reduce } from '@focal-loss/core';
import type { Dimension, Element, FunctionDefinition, Node, Port } from './model.ts';
import { DOMAIN, inlined, operation } from './operation.ts';
import { type Call, type Index, tensorOps } from './tensorOps.ts';
import type { GraphValue, Precision, Writer } from './writer.ts';

/** What a graph of a loss has beside the loss. */
export interface LossGraphOptions {
  /** The parts that are outputs. Default the value alone. */
  readonly wants?: readonly Derivative[] | undefined;
  /** Whether there is an input `weights`: one finite weight ≥ 0 a target. Default `false`. */
  readonly weights?: boolean | undefined;
  /** Whether there is an input `normalizer`, a number that `'mean'` divides by instead of the loss's own. Default `false`. */
  readonly normalizer?: boolean | undefined;
  /** The number format of class indices. Default `'int64'`. */
  readonly index?: Index | undefined;
  /** Whether targets outside [0, 1] and negative weights become NaN in the graph. Default `true`. */
  readonly checked?: boolean | undefined;
  /**
   * The number format that losses are added up in. In float32 the CPU provider loses digits from some ten thousand
   * entries on; CUDA and WebGPU add in a tree and lose none. Default `'float64'` up to opset 23 and `'float32'` from 24
   * on, where CUDA has no kernel for the Cast it takes. WebGPU has no float64 at all.
   */
  readonly accumulate?: Precision | undefined;
  /** Whether there are outputs `least` and `largest`, of the targets: for somebody who watches the graph run. */
  readonly bounds?: boolean | undefined;
  /** Whether the loss is written as nodes of the graph instead of as operations with functions. Default `false`. */
  readonly inline?: boolean | undefined;
}

/** What inputs and outputs are called. */
export type Names = Readonly<Record<'logits' | 'targets' | 'weights' | 'normalizer' | Derivative, string>>;

/** What a graph gets by a loss. */
export interface LossGraph {
  readonly nodes: readonly Node[];
  /** Beside the logits. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly functions: readonly FunctionDefinition[];
}

/**
 * Writes the nodes of a loss behind `logits`, and says what inputs and outputs the graph gets by that. Single losses are
 * operations of their own; ignored entries, weights, the denominator and the sum are around them, because a function
 * cannot branch on an attribute of text.
 */
export function lossGraph(
  w: Writer,
  loss: Loss,
  {
    wants = ['value'],
    weights = false,
    normalizer = false,
    index = 'int64',
    checked = true,
    accumulate = w.opset < 24 ? 'float64' : w.precision,
    bounds = false,
    inline = false,
  }: LossGraphOptions,
  logits: Port,
  names: Names,
): LossGraph {
  const { precision } = w;
  const softmax = loss.link === 'softmax';
  const rows = softmax ? logits.shape.slice(0, 1) : logits.shape;
  const port = (name: string, element: Element, shape: readonly Dimension[]): Port => ({ name, element, shape });
  const targets = port(names.targets, softmax ? index : precision, rows);
  const inputs = [
    targets,
    ...(weights ? [port(names.weights, precision, rows)] : []),
    ...(normalizer ? [port(names.normalizer, precision, [])] : []),
  ];

  const classes = softmax && typeof logits.shape[1] === 'number' ? logits.shape[1] : undefined;
  const wide = precision === 'float64' ? precision : accumulate;
  const read = w.cast({ name: logits.name }, precision, logits.element);
  const call: Call = { link: loss.link, logits: read, index, classes, accumulate: wide };
  const o = tensorOps(w, call);
  const looked = look(
    o,
    loss,
    { targets: { name: targets.name }, weights: weights ? { name: names.weights } : undefined },
    checked,
  );

  const functions: FunctionDefinition[] = [];
  const parts: Parts<GraphValue> = Object.fromEntries(
    wants.map((part) => {
      if (inline) return [part, inlined(w, loss, part, call, looked.targets)];
      const { definition, attributes } = operation(loss, part, w, call);
      functions.push(definition);
      return [part, w.node(definition.name, [read, looked.targets], attributes, DOMAIN)];
    }),
  );
  const reduced = reduce(o, loss, parts, looked, normalizer ? { name: names.normalizer } : undefined);

  const results: Record<string, GraphValue> = {};
  const outputs: Port[] = [];
  for (const part of wants) {
    const [element, shape]: [Element, readonly Dimension[]] =
      part === 'value' ? [precision, loss.reduction === 'none' ? rows : []] : [logits.element, logits.shape];
    results[names[part]] = w.cast(reduced[part] as GraphValue, element);
    outputs.push(port(names[part], element, shape));
  }
  if (bounds) {
    for (const [name, op] of Object.entries({ least: 'ReduceMin', largest: 'ReduceMax' })) {
      results[name] = w.node(op, [{ name: targets.name }], { keepdims: { kind: 'int', value: 0 } });
      outputs.push(port(name, precision, []));
    }
  }
  return { nodes: w.finish(results), inputs, outputs, functions };
}
