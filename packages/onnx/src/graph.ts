import { type Derivative, isByIndex, type Loss, look, type Parts, reduce } from '@focal-loss/core';
import type { Call } from './call.ts';
import type { Dimension, Element, FunctionDefinition, Node, Port } from './model.ts';
import { DOMAIN, inlined, operation } from './operation.ts';
import type { InputName, LossGraphOptions } from './options.ts';
import { entriesOf, placeOf, type Sized, sizesFit } from './sizes.ts';
import { hasSoftmax, tensorOps } from './tensorOps.ts';
import type { GraphValue, Writer } from './writer.ts';

/** What inputs and outputs are called. */
export type Names = Readonly<Record<'logits' | InputName | Derivative | 'topValues' | 'topIndices', string>>;

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
    weightsShape,
    axis = -1,
    targets: kind = 'entries',
    normalizer = false,
    index = 'int64',
    checked = true,
    sized = false,
    accumulate = w.opset < 24 ? 'float64' : w.precision,
    summedAtOnce,
    gradDtype,
    topK,
    existing = {},
    bounds = false,
    // An attribute that is a number of its own came with opset 12, and functions are written for later ones.
    inline = w.opset < 13,
  }: LossGraphOptions,
  logits: Port,
  names: Names,
): LossGraph {
  const { precision } = w;
  const ofGrad = gradDtype ?? (NARROW.includes(logits.element) ? precision : logits.element);
  const softmax = loss.link === 'softmax';
  const at = placeOf(axis, logits);
  const entries = entriesOf(loss, axis, logits);
  const isRow = kind === 'rows';
  const port = (name: string, element: Element, shape: readonly Dimension[]): Port => ({ name, element, shape });
  const targets = port(
    names.targets,
    loss.targets === 'class' && !isRow ? index : precision,
    existing.targets?.shape ?? (isRow ? logits.shape : entries),
  );
  const ports: Partial<Record<InputName, Port>> = {
    targets,
    ...(weights && { weights: port(names.weights, precision, existing.weights?.shape ?? weightsShape ?? entries) }),
    ...(normalizer && { normalizer: port(names.normalizer, precision, []) }),
  };
  const inputs = Object.entries(ports).flatMap(([key, made]) => (existing[key as InputName] ? [] : [made]));
  /** An input in the number format that it is computed with. */
  const inputOf = (key: InputName): GraphValue => {
    const { name, element } = ports[key] as Port;
    return w.cast({ name }, element, existing[key]?.element ?? element);
  };
  const labels = inputOf('targets');

  const size = logits.shape[at.axis];
  const classes = softmax && typeof size === 'number' ? size : undefined;
  const count = product(entries);
  const byIndex = isByIndex(loss, isRow);
  const wide = precision === 'float64' ? precision : accumulate;
  const read = w.cast({ name: logits.name }, precision, logits.element);
  const call: Call = {
    link: loss.link,
    targets: isRow ? 'row' : loss.targets,
    ...at,
    logits: read,
    index,
    byIndex,
    classes,
    entries: Number.isNaN(count) ? undefined : count,
    accumulate: wide,
    summedAtOnce,
    valueAlone: wants.join() === 'value',
  };
  const o = tensorOps(w, call);
  // Of one number that all entries go into, NaN can be said at the end. ReduceMin and ReduceMax were revised in opset 20.
  const single = call.valueAlone && (loss.reduction === 'mean' || loss.reduction === 'sum');
  const atEnd =
    checked && !softmax && single && !weights && loss.ignoreIndex === undefined && topK === undefined && w.opset < 20;
  const own = checked && !atEnd ? sound(labels) : labels;
  const given = weights ? inputOf('weights') : undefined;
  const looked = look(
    o,
    loss,
    {
      targets: own,
      targetRows: isRow,
      weights: given && weightsShape ? o.choose(...anywhere(isRow ? o.entries(o.sumRow(own)) : own), given) : given,
    },
    checked && !atEnd,
  );

  const functions: FunctionDefinition[] = [];
  const parts: Parts<GraphValue> = Object.fromEntries(
    wants.map((part) => {
      // The terms of a second derivative cancel: where there is float64, it is computed in that.
      const exact = w.in(part === 'hess' ? wide : precision);
      const cast = (a: GraphValue, from: Element) => exact.cast(a, exact.precision, from);
      const [logit, target] =
        exact === w
          ? [read, looked.targets]
          : [
              cast({ name: logits.name }, logits.element),
              targets.element === precision ? cast(looked.targets, precision) : looked.targets,
            ];
      const made = { ...call, logits: logit };
      if (inline) return [part, w.cast(inlined(exact, loss, part, made, target), precision, exact.precision)];
      const { definition, attributes } = operation(loss, part, exact, made);
      functions.push(definition);
      const result = w.node(definition.name, [logit, target], attributes, DOMAIN);
      return [part, w.cast(result, precision, exact.precision)];
    }),
  );
  const reduced = reduce(o, loss, parts, looked, normalizer ? inputOf('normalizer') : undefined);

  const results: Record<string, GraphValue> = {};
  const outputs: Port[] = [];
  for (const part of wants) {
    const [element, shape]: [Element, readonly Dimension[]] =
      part === 'value' ? [precision, valueShape(loss, entries)] : [ofGrad, logits.shape];
    const made = reduced[part] as GraphValue;
    results[names[part]] = another(atEnd ? where(allSound(), made) : made, element);
    outputs.push(port(names[part], element, shape));
  }
  if (topK !== undefined) {
    const ofExamples = loss.reduction === 'example';
    const { value } = reduce(
      o,
      { ...loss, reduction: ofExamples ? 'example' : 'none' },
      { value: parts.value },
      looked,
    );
    const shape: readonly Dimension[] = valueShape({ reduction: ofExamples ? 'example' : 'none' }, entries);
    const size = product(shape);
    const found = w.topK(value as GraphValue, topK, shape.length);
    const kept = Number.isNaN(size) ? `${names.topValues}_k` : Math.min(size, topK);
    results[names.topValues] = found.values;
    results[names.topIndices] = found.indices;
    outputs.push(port(names.topValues, precision, [kept]), port(names.topIndices, 'int64', [kept]));
  }
  if (bounds) {
    for (const [name, op] of Object.entries({ least: 'ReduceMin', largest: 'ReduceMax' })) {
      results[name] = w.node(op, [labels], { keepdims: { kind: 'int', value: 0 } });
      outputs.push(port(name, precision, []));
    }
  }
  return { nodes: w.finish(results), inputs, outputs, functions };

  /** A value for an output, which is no other output's: e^x is its own slope. */
  function another(a: GraphValue, element: Element): GraphValue {
    const made = w.cast(a, element);
    const isTaken = Object.values(results).some(({ name }) => name === made.name);
    return isTaken ? another(w.node('Mul', [a, w.constant(1)]), element) : made;
  }

  /** A truth: whether all targets are, and there are as many of them as there are logits. NaN shows by itself. */
  function allSound(): GraphValue {
    const most = (op: string) => w.node(op, [labels], { keepdims: { kind: 'int', value: 0 } });
    const [above, below] = [
      w.lessOrEqual(o.constant(0), most('ReduceMin')),
      w.lessOrEqual(most('ReduceMax'), o.constant(1)),
    ];
    const inside = w.node('And', [above, below]);
    const fit = fits(labels);
    return fit === undefined ? inside : w.node('And', [fit, inside]);
  }

  /** The targets, of which none is one where sizes do not fit, and those of a softmax's rows not that have none. */
  function sound(own: GraphValue): GraphValue {
    // Rows whose class is an index look themselves.
    return [fits(own), softmax && !byIndex ? hasSoftmax(w, call, isRow) : undefined].reduce<GraphValue>(
      (targets, truth) => (truth === undefined ? targets : where(truth, targets)),
      own,
    );
  }

  /** A truth: whether inputs are as long as the logits; undefined where the file says it. */
  function fits(own: GraphValue): GraphValue | undefined {
    if (sized) return undefined;
    const all = logits.shape.map((_, i) => i);
    const along = softmax ? all.filter((i) => i !== at.axis) : all;
    const inputs: Sized[] = [
      { value: own, element: targets.element, shape: targets.shape, along: isRow ? all : along },
    ];
    if (weights) {
      const { element, shape } = ports.weights as Port;
      inputs.push({ value: inputOf('weights'), element, shape, along: along.slice(along.length - shape.length) });
    }
    return sizesFit(w, call, logits.shape, inputs, typeof loss.alpha === 'object' ? loss.alpha.length : undefined);
  }

  function where(truth: GraphValue, own: GraphValue): GraphValue {
    if (targets.element === index) return w.node('Where', [truth, own, w.integers([NO_CLASS], index, [])]);
    // A sum with 0 or NaN takes a fraction of a choice between them.
    return w.node('Add', [own, w.node('Where', [truth, o.constant(0), o.constant(Number.NaN)])]);
  }

  /** A truth that holds nowhere, as long as the entries, and what is chosen there: this makes a value as long. */
  function anywhere(entries: GraphValue): [GraphValue, GraphValue] {
    return [o.less(entries, entries), given as GraphValue];
  }
}

/** The number formats that a mean's gradients get lost in. */
const NARROW: readonly Element[] = ['float16', 'bfloat16'];

/** How many numbers there are. NaN where a size is a name. */
const product = (shape: readonly Dimension[]) => shape.map(Number).reduce((all, one) => all * one, 1);

/** A class index that is none, ignored or not. */
const NO_CLASS = -(2 ** 31);

const valueShape = ({ reduction }: Pick<Loss, 'reduction'>, entries: readonly Dimension[]): readonly Dimension[] =>
  reduction === 'none' ? entries : reduction === 'example' ? entries.slice(0, 1) : [];
